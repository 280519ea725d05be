// SPDX-License-Identifier: MIT
// Latencies of a pair of events: which pair, a histogram, the slowest ones.
import { axisBottom, axisLeft } from 'd3-axis';
import { max } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import { select } from 'd3-selection';
import { change, eye, look, state, subscribe } from './state.js';
import { askJson, latest } from './data.js';
import { count, duration, plural } from './format.js';
import { colorOf } from './legend.js';
import * as details from './details.js';

const BOX = { width: 300, height: 150, left: 40, right: 20, top: 8, bottom: 22 };
const begin = document.getElementById('pair-begin');
const end = document.getElementById('pair-end');
const field = document.getElementById('pair-field');
const visible = document.getElementById('pair-visible');
let chosen = null; // a class of the histogram: [from, to)
let timer = 0;

function typeOf(id) {
  return state.info.types.find((type) => type.id === id);
}

function fillSelect(element, options, value) {
  select(element).selectAll('option').data(options, (d) => d[0]).join('option').attr('value', (d) => d[0]).text((d) => d[1]);
  element.value = value;
}

// The fields that both have; the thread first.
function fillFields(value) {
  const first = typeOf(Number(begin.value));
  const second = typeOf(Number(end.value));
  const both = first && second ? first.fields.filter((name) => second.fields.includes(name) && !/^common_/.test(name)) : [];
  fillSelect(field, [['', 'thread'], ...both.map((name) => [name, name])], both.includes(value) ? value : '');
}

function fillTypes() {
  const types = [...state.info.types].sort((a, b) => a.system.localeCompare(b.system) || a.name.localeCompare(b.name));
  const options = [['', '\u2013'], ...types.map((type) => [type.id, `${type.system}:${type.name}`])];
  fillSelect(begin, options, state.pair ? state.pair.begin : '');
  fillSelect(end, options, state.pair ? state.pair.end : '');
  fillFields(state.pair ? state.pair.field : '');
}

function choose() {
  const isPair = begin.value !== '' && end.value !== '' && begin.value !== end.value;
  chosen = null;
  change({ pair: isPair ? { begin: Number(begin.value), end: Number(end.value), field: field.value } : null });
}

// Of the pairs that suggest themselves the one with most events.
function suggest() {
  const events = (pair) => Math.min(typeOf(pair.begin).events, typeOf(pair.end).events);
  const [best] = [...state.info.pairs].sort((a, b) => events(b) - events(a));
  change({ pair: best || null });
}

function drawHistogram(box, answer) {
  const { width, height, left, right, top, bottom } = BOX;
  const classes = answer.classes;
  const low = Math.max(classes[0][0], 0.5);
  const high = Math.max(classes[classes.length - 1][1], low * 2);
  const x = scaleLog().domain([low, high]).range([left, width - right]);
  const y = scaleLinear().domain([0, max(classes, (c) => c[2])]).nice(3).range([height - bottom, top]);
  const svg = box.append('svg').attr('viewBox', `0 0 ${width} ${height}`).attr('role', 'group').attr('aria-label', 'Latency histogram');
  const decades = x.ticks().filter((t) => Number.isInteger(Math.log10(t)) || Math.log10(t) % 1 < 1e-9);
  const ticks = decades.length >= 2 ? decades.filter((t, i) => decades.length <= 6 || i % 2 === 0) : x.ticks(4).filter((t, i, all) => i % Math.ceil(all.length / 4) === 0);
  svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height - bottom})`).call(axisBottom(x).tickValues(ticks).tickFormat((t) => duration(t, 2)).tickSize(4));
  svg.append('g').attr('class', 'axis').attr('transform', `translate(${left},0)`).call(axisLeft(y).ticks(3, '~s').tickSize(4));
  svg.selectAll('.bar').data(classes).join('rect')
    .attr('class', (c) => chosen && c[0] === chosen[0] ? 'bar chosen' : 'bar')
    .attr('x', (c) => x(Math.max(c[0], low))).attr('width', (c) => Math.max(1, x(c[1]) - x(Math.max(c[0], low)) - 0.5))
    .attr('y', (c) => Math.min(y(c[2]), height - bottom - 1)).attr('height', (c) => Math.max(1, height - bottom - y(c[2])))
    .style('fill', colorOf(state.pair.begin))
    .attr('tabindex', 0).attr('role', 'button').attr('aria-label', (c) => `${duration(c[0], 3)} to ${duration(c[1], 3)}: ${plural(c[2], 'pair')}`)
    .on('click', function () { chooseClass(select(this).datum()); })
    .on('keydown.enter', function () { onEnter(this); })
    .append('title').text((c) => `${duration(c[0], 3)} to ${duration(c[1], 3)}: ${count(c[2])}`);
  for (const [name, value] of [['p50', answer.p50], ['p99', answer.p99]]) {
    const at = x(Math.max(value, low));
    svg.append('line').attr('class', 'mark').attr('x1', at).attr('x2', at).attr('y1', top).attr('y2', height - bottom);
    svg.append('text').attr('class', 'mark').attr('x', at + 3).attr('y', top + 8).text(name);
  }
}

function onEnter(bar) {
  bar.addEventListener('keyup', (event) => {
    if (event.key === 'Enter')
      chooseClass(select(bar).datum());
  }, { once: true });
}

function chooseClass(found) {
  chosen = chosen && chosen[0] === found[0] ? null : found;
  ask();
}

function zoomTo(span) {
  const room = Math.max(span.end - span.begin, 10) * 0.4;
  look(span.begin - room, span.end + room, { following: false });
  details.show(span.id);
}

function threadName(id) {
  const thread = state.info.threads.find((t) => t.id === id);
  return thread ? thread.name || String(thread.tid) : '';
}

function draw() {
  const box = select('#latency').html('');
  const answer = state.latency;
  if (!state.pair) {
    box.append('p').attr('class', 'empty').text('Choose what begins and what ends.');
    return;
  }
  if (!answer)
    return;
  if (answer.error || !answer.count)
    box.append('p').attr('class', 'empty').text(answer.error || 'No such pairs here.');
  if (answer.doubtful)
    box.append('p').attr('class', 'doubtful').text(`${plural(answer.doubtful, 'more pair')} not counted: events were lost between begin and end, so they may belong to others.`);
  if (answer.error || !answer.count)
    return;
  drawHistogram(box, answer);
  const figures = [['pairs', count(answer.count)], ['mean', duration(answer.sum / answer.count, 3)], ['p50', duration(answer.p50, 3)], ['p90', duration(answer.p90, 3)],
    ['p99', duration(answer.p99, 3)], ['p99.9', duration(answer.p999, 3)], ['max', duration(answer.longest, 3)]];
  const list = box.append('dl').attr('class', 'figures').selectAll('div').data(figures).join('div');
  list.append('dt').text((d) => d[0]);
  list.append('dd').text((d) => d[1]);
  box.append('h3').text(chosen ? `The slowest of ${duration(chosen[0], 3)} to ${duration(chosen[1], 3)}` : 'The slowest');
  box.append('ol').attr('class', 'slowest').selectAll('li').data((answer.listed || answer.slowest).slice(0, 10)).join('li')
    .append('button').attr('type', 'button').text((span) => `${duration(span.end - span.begin, 4)}  ${threadName(span.thread)}`)
    .on('click', function () { zoomTo(select(this).datum()); });
}

const asking = latest(async ({ pair, parameters, one }) => {
  const answer = await askJson('latency', parameters).catch((error) => ({ error: error.message }));
  if (one && !answer.error)
    answer.listed = (await askJson('latency', { ...parameters, shortest: one[0], longest: one[1] - 1 })).slowest;
  if (pair === state.pair)
    change({ latency: answer });
});

function ask() {
  if (!state.pair) {
    change({ latency: null });
    draw();
    return;
  }
  const { filter } = eye();
  const parameters = { ...state.pair };
  if (filter)
    parameters.filter = filter;
  if (visible.checked)
    Object.assign(parameters, { from: Math.floor(state.from), to: Math.ceil(state.to) });
  asking.ask({ pair: state.pair, parameters, one: chosen });
}

export function start() {
  let isFirst = true;
  for (const element of [begin, end])
    element.addEventListener('change', () => {
      const pair = state.info.pairs.find((p) => p.begin === Number(begin.value) && p.end === Number(end.value));
      fillFields(pair ? pair.field : '');
      choose();
    });
  field.addEventListener('change', choose);
  visible.addEventListener('change', ask);
  subscribe((names) => {
    if (names.has('info')) {
      if (isFirst)
        suggest();
      isFirst = isFirst && !state.info.events;
      fillTypes();
    }
    if (names.has('latency') || names.has('pair'))
      draw();
    if (names.has('info') || names.has('pair') || names.has('filter'))
      ask();
    if (visible.checked && (names.has('from') || names.has('to'))) {
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    }
  });
}

