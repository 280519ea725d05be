// SPDX-License-Identifier: MIT
// Numbers as people read them.
import { format } from 'd3-format';
import { state } from './state.js';

const UNITS = [[1e9, 's'], [1e6, 'ms'], [1e3, '\u00b5s'], [1, 'ns']];

export const count = format(',d');

export function plural(n, word) {
  return count(n) + ' ' + word + (n === 1 ? '' : 's');
}

// Else times are counts of the clock, and so are lengths of time.
export function inNanoseconds() {
  return !state.info || state.info.nanoseconds;
}

// A length of time, with so many significant digits.
export function duration(ns, digits = 4) {
  if (!inNanoseconds())
    return count(ns);
  const size = Math.abs(ns);
  const [unit, name] = UNITS.find(([one]) => size >= one) || UNITS[3];
  const text = (ns / unit).toPrecision(digits);
  return (text.includes('e') || !text.includes('.') ? String(Math.round(ns / unit)) : text.replace(/\.?0+$/, '')) + ' ' + name;
}

// A point of time, counted from the first event, with all its digits that matter beside `step`.
export function moment(ns, step = 1) {
  if (!inNanoseconds())
    return count(ns);
  const digits = Math.min(9, Math.max(0, Math.ceil(9 - Math.log10(Math.max(step, 1)))));
  return (ns / 1e9).toFixed(digits) + ' s';
}

// Labels of an axis: { base, label(t) }. Where the steps are much smaller than the times, times are counted from a base.
export function axis(ticks, from, to) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : to - from;
  const [unit, name] = inNanoseconds() ? UNITS.find(([one]) => Math.max(step, 1) * 5 >= one) || UNITS[3] : [1, ''];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9));
  const number = format(',.' + Math.min(digits, 9) + 'f');
  const isFar = from / step > 20000 && ticks.length;
  const base = isFar ? ticks[0] : 0;
  return {
    base: isFar ? moment(base, step) : '',
    label: (t) => (isFar ? '+' : '') + number((t - base) / unit) + (name ? ' ' + name : ''),
  };
}

export function rate(perUnit) {
  return format(perUnit < 10 ? '.2~f' : '.3~s')(perUnit).replace('G', ' G').replace(/([kM])$/, ' $1');
}
