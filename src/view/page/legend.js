// SPDX-License-Identifier: MIT
// Types of events: their colours, how many there are, and which are shown.
import { schemeTableau10 } from 'd3-scale-chromatic';
import { select } from 'd3-selection';
import { change, state, subscribe } from './state.js';
import { count } from './format.js';

const colors = new Map(); // type -> '#rrggbb': given once, so that it stays when others come
const NONE = '#888888';

export function colorOf(type) {
  return colors.get(type) || NONE;
}

export function nameOf(type) {
  const found = state.info.types.find((t) => t.id === type);
  return found ? `${found.system}:${found.name}` : '';
}

function choose(types) {
  for (const type of [...types].sort((a, b) => b.events - a.events)) {
    if (!colors.has(type.id))
      colors.set(type.id, schemeTableau10[colors.size % schemeTableau10.length]);
  }
}

function toggle(id, shown) {
  const hidden = new Set(state.hidden);
  if (shown)
    hidden.delete(id);
  else
    hidden.add(id);
  change({ hidden });
}

function only(id) {
  const others = state.info.types.map((type) => type.id).filter((other) => other !== id);
  const isOnly = others.every((other) => state.hidden.has(other)) && !state.hidden.has(id);
  change({ hidden: new Set(isOnly ? [] : others) });
}

function draw() {
  const types = [...state.info.types].sort((a, b) => a.system.localeCompare(b.system) || a.name.localeCompare(b.name));
  const items = select('#types').selectAll('li').data(types, (type) => type.id).join((enter) => {
    const item = enter.append('li');
    const label = item.append('label');
    label.append('input').attr('type', 'checkbox').on('change', function () {
      toggle(select(this).datum().id, this.checked);
    });
    label.append('span').attr('class', 'swatch');
    label.append('span').attr('class', 'name');
    item.append('span').attr('class', 'count');
    item.append('button').attr('type', 'button').text('only').on('click', function () {
      only(select(this).datum().id);
    });
    return item;
  });
  items.select('input').property('checked', (type) => !state.hidden.has(type.id));
  items.select('.swatch').style('background', (type) => colorOf(type.id));
  items.select('.name').text((type) => `${type.system}:${type.name}`);
  items.select('.count').text((type) => count(type.events));
  items.select('button').attr('aria-label', (type) => `show ${type.system}:${type.name} only, or all`);
}

export function start() {
  subscribe((names) => {
    if (names.has('info'))
      choose(state.info.types);
    if (names.has('info') || names.has('hidden'))
      draw();
  });
}
