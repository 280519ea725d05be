// SPDX-License-Identifier: MIT
// What the page shows. Parts subscribe; a change tells each of them which names have changed.

export const state = {
  info: null, // what there is: api/info
  from: 0, to: 1, // the part of the time that is in view
  rows: [], // the timeline's lines, from top to bottom (rows.js)
  scroll: 0, // pixels of rows above the first that is in view
  filter: '',
  hidden: new Set(), // numbers of types
  pair: null, // { begin, end, field }
  selected: null, // api/event
  latency: null, // api/latency
  drawn: null, // of the last picture: for tests and for what is read aloud
  following: false, // live: the newest stay in view
};

const listeners = [];

// f(names): names is a Set.
export function subscribe(f) {
  listeners.push(f);
}

export function change(patch) {
  const names = new Set();
  for (const [name, value] of Object.entries(patch)) {
    if (state[name] !== value) {
      state[name] = value;
      names.add(name);
    }
  }
  if (names.size) {
    for (const f of listeners)
      f(names);
  }
}

// The shortest part of the time that makes sense to look at: a nanosecond for each fifty pixels or so.
const SHORTEST = 20;

export function extent() {
  const { begin, end } = state.info;
  const room = Math.max((end - begin) * 0.01, SHORTEST);
  return { begin: Math.max(0, Math.floor(begin - room)), end: Math.ceil(end + room) };
}

export function showsAll() {
  const { begin, end } = extent();
  return state.from <= begin && state.to >= end;
}

// Shows [from, to), as far as there is anything.
export function look(from, to, more = {}) {
  const { begin, end } = extent();
  const length = Math.min(Math.max(to - from, SHORTEST), end - begin);
  const middle = (from + to) / 2;
  const start = Math.min(Math.max(middle - length / 2, begin), end - length);
  change({ from: start, to: start + length, ...more });
}

// Parameters that say which events are seen.
export function eye() {
  const parameters = {};
  if (state.filter)
    parameters.filter = state.filter;
  if (state.hidden.size)
    parameters.hide = [...state.hidden].join(',');
  return parameters;
}
