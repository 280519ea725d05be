// SPDX-License-Identifier: MIT
/*!
 * With modules of D3 (https://d3js.org): Copyright 2010-2019 Mike Bostock
 *
 * Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met:
 * 1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.
 * 2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the
 *    documentation and/or other materials provided with the distribution.
 * 3. Neither the name of the author nor the names of contributors may be used to endorse or promote products derived from this software without
 *    specific prior written permission.
 *
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
 * IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE
 * LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE
 * GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT
 * LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH
 * DAMAGE.
 *
 * Of them d3-array and internmap: Copyright 2010-2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright
 * notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
 * AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
 * LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
 * PERFORMANCE OF THIS SOFTWARE.
 */
// The viewer's page: what there is is asked first, then parts of it as they are looked at.
import { change, extent, look, showsAll, state, subscribe } from './state.js';
import { askJson } from './data.js';
import { count, duration, inNanoseconds, plural } from './format.js';
import { arrange } from './rows.js';
import * as details from './details.js';
import * as gestures from './gestures.js';
import * as latency from './latency.js';
import * as legend from './legend.js';
import * as losses from './losses.js';
import * as rates from './rates.js';
import * as timeline from './timeline.js';

const POLL_MS = 1000; // live
const $ = (id) => document.getElementById(id);

function summarize() {
  const { info } = state;
  const parts = [plural(info.events, 'event')];
  if (losses.isLossy())
    parts.push(`${losses.amount(info)} lost`);
  parts.push(plural(info.threads.filter((t) => t.events).length, 'thread'), duration(info.end - info.begin));
  if (!inNanoseconds())
    parts.push(`times are counts of the clock '${info.clock}', not ns`);
  if (info.dropped)
    parts.push(`the oldest ${count(info.dropped)} made way`);
  $('title').textContent = info.title;
  $('summary').textContent = parts.join(' \u00b7 ');
  document.title = `${info.title} \u2013 utracefs`;
}

// Rows are made anew only where threads have come or have got another name.
function rowsOf(info) {
  const key = JSON.stringify(info.threads.filter((t) => t.events).map((t) => [t.id, t.tid, t.pid, t.name]));
  return key === rowsOf.key ? state.rows : (rowsOf.key = key, arrange(info.threads.filter((t) => t.events)));
}

async function load() {
  const info = await askJson('info');
  const before = state.info;
  if (before && before.events === info.events && before.dropped === info.dropped)
    return;
  const wasAll = !before || !before.events || showsAll();
  change({ info, rows: rowsOf(info) });
  summarize();
  const { begin, end } = extent();
  if (!before || !before.events)
    look(begin, end, { following: info.live });
  else if (state.following)
    look(wasAll ? begin : end - (state.to - state.from), end);
}

async function poll() {
  try {
    await load();
    $('filter-note').classList.remove('lost');
  } catch (error) {
    $('summary').textContent = 'The server has ended; what was loaded stays.';
    return;
  }
  setTimeout(poll, POLL_MS);
}

// The caret stands under what is wrong, as in error_log.
function noteWrong(text, error) {
  const at = error.position === undefined ? null : Math.min(error.position, text.length);
  $('filter-note').className = 'wrong';
  $('filter-note').textContent = at === null ? error.message : `${text}\n${' '.repeat(at)}^ ${error.message}`;
}

async function applyFilter() {
  const text = $('filter').value.trim();
  $('filter-note').className = '';
  try {
    const { accepted } = await askJson('filter', text ? { filter: text } : {});
    $('filter-note').textContent = text ? `${count(accepted)} of ${plural(state.info.events, 'event')}` : '';
    $('filter').removeAttribute('aria-invalid');
    change({ filter: text });
  } catch (error) {
    noteWrong(text, error);
    $('filter').setAttribute('aria-invalid', 'true');
  }
}

function watchFilter() {
  $('filter-form').addEventListener('submit', (event) => {
    event.preventDefault();
    applyFilter();
  });
  $('filter-clear').addEventListener('click', () => {
    $('filter').value = '';
    applyFilter();
  });
}

function watchFollow() {
  $('follow').addEventListener('click', () => {
    const { end } = extent();
    change({ following: !state.following });
    if (state.following)
      look(end - (state.to - state.from), end);
  });
  subscribe((names) => {
    if (names.has('following'))
      $('follow').setAttribute('aria-pressed', String(state.following));
  });
}

async function begin() {
  legend.start();
  losses.start();
  timeline.start();
  details.start();
  latency.start();
  gestures.start();
  watchFilter();
  watchFollow();
  await load();
  $('follow').hidden = !state.info.live;
  if (state.info.live)
    setTimeout(poll, POLL_MS);
}

// For tests, and for who likes to look.
window.utracefs = { state, frames: timeline.frameTimes, pixelOf: timeline.pixelOf, rates: rates.current, losses: losses.current };

begin().catch((error) => {
  $('summary').textContent = error.message;
});
