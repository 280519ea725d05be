// SPDX-License-Identifier: MIT
// The selected event with its fields.
import { select } from 'd3-selection';
import { change, eye, look, state, subscribe } from './state.js';
import { askJson } from './data.js';
import { moment } from './format.js';
import { colorOf, nameOf } from './legend.js';

export async function show(id) {
  const selected = await askJson('event', { id, ...eye() }).catch(() => null);
  if (!selected)
    return;
  change({ selected });
  if (selected.time < state.from || selected.time > state.to) {
    const half = (state.to - state.from) / 2;
    look(selected.time - half, selected.time + half, { following: false });
  }
}

export function step(direction) {
  const id = state.selected && state.selected[direction];
  return id === null || id === undefined ? Promise.resolve() : show(id);
}

function threadText(id) {
  const thread = state.info.threads.find((t) => t.id === id);
  return thread ? `${thread.name || 'unknown'} ${thread.tid}` + (thread.pid && thread.pid !== thread.tid ? `, process ${thread.pid}` : '') : '';
}

function draw() {
  const box = select('#event').html('');
  const { selected } = state;
  if (!selected) {
    box.append('p').attr('class', 'empty').text('Click an event in the timeline.');
    return;
  }
  const head = box.append('p').attr('class', 'event-name');
  head.append('span').attr('class', 'swatch').style('background', colorOf(selected.type));
  head.append('strong').text(nameOf(selected.type));
  box.append('p').attr('class', 'event-text').text(selected.text);
  const common = [['time', moment(selected.time)], ['thread', threadText(selected.thread)], ['CPU', selected.cpu]];
  const own = selected.fields.filter((field) => !field.name.startsWith('common_')).map((field) => [field.name, field.value === null ? 'not there' : field.value, field.type]);
  const rows = box.append('table').selectAll('tr').data([...common, ...own]).join('tr');
  rows.append('th').attr('scope', 'row').attr('title', (d) => d[2] || null).text((d) => d[0]);
  rows.append('td').text((d) => d[1]);
  const steps = box.append('div').attr('class', 'bar');
  for (const [direction, label] of [['previous', 'Previous'], ['next', 'Next']])
    steps.append('button').attr('type', 'button').attr('disabled', selected[direction] === null ? '' : null).text(label).on('click', () => step(direction));
}

export function start() {
  draw();
  subscribe((names) => {
    if (names.has('selected'))
      draw();
  });
}
