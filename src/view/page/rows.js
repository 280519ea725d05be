// SPDX-License-Identifier: MIT
// The timeline's lines: for each process a head, then its threads.

export const ROW_PX = 28;
export const HEAD_PX = 22;

function byNumber(a, b) {
  return a - b;
}

// Threads whose process is not known are a process of their own.
export function arrange(threads) {
  const processes = new Map();
  for (const thread of threads) {
    const pid = thread.pid || thread.tid;
    if (!processes.has(pid))
      processes.set(pid, []);
    processes.get(pid).push(thread);
  }
  const rows = [];
  let top = 0;
  for (const pid of [...processes.keys()].sort(byNumber)) {
    const members = processes.get(pid).sort((a, b) => a.tid - b.tid);
    const first = members.find((thread) => thread.tid === pid);
    const name = members.map((thread) => thread.process).find((n) => n) || (first && first.name) || 'process';
    const label = pid === 0 ? 'idle' : `${name} ${pid}`;
    // A head says nothing that its only thread does not.
    if (members.length > 1 || members[0].tid !== pid) {
      rows.push({ isHead: true, label, top, height: HEAD_PX });
      top += HEAD_PX;
    }
    for (const thread of members) {
      const alone = members.length === 1 && thread.tid === pid;
      const own = thread.name || 'unknown';
      rows.push({ isHead: false, thread, label: alone ? label : `${own} ${thread.tid}`, isMember: !alone, top, height: ROW_PX });
      top += ROW_PX;
    }
  }
  return rows;
}

export function heightOf(rows) {
  const last = rows[rows.length - 1];
  return last ? last.top + last.height : 0;
}

// Those between two heights.
export function between(rows, top, bottom) {
  return rows.filter((row) => row.top + row.height > top && row.top < bottom);
}
