// SPDX-License-Identifier: MIT
// Questions to the server. The page's own address carries the token, so relative addresses do.

async function ask(name, parameters, signal) {
  const response = await fetch('api/' + name + '?' + new URLSearchParams(parameters), { signal });
  if (!response.ok) {
    const error = new Error('the server says ' + response.status);
    Object.assign(error, await response.json().catch(() => ({})));
    error.message = error.error || error.message;
    throw error;
  }
  return response;
}

export async function askJson(name, parameters = {}, signal = undefined) {
  return (await ask(name, parameters, signal)).json();
}

export async function askBytes(name, parameters = {}, signal = undefined) {
  return (await ask(name, parameters, signal)).arrayBuffer();
}

// Is a picture of the last question still what this one would bring?
export function isOf(picture, question) {
  return picture !== null && ['from', 'to', 'width', 'generation'].every((name) => picture[name] === question[name]);
}

// One question of a kind at a time: what is asked meanwhile waits, and only the last of it is asked. `work` is given a question and a signal.
export function latest(work) {
  let waiting = null;
  let running = false;

  async function run() {
    running = true;
    while (waiting) {
      const question = waiting;
      waiting = null;
      try {
        await work(question);
      } catch (error) {
        if (error.name !== 'AbortError')
          console.error(error);
      }
    }
    running = false;
  }
  return {
    ask(question) {
      waiting = question;
      if (!running)
        run();
    },
    get busy() {
      return running;
    },
  };
}
