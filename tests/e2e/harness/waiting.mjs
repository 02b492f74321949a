// Waiting for something to become true: always with an end, never by sleeping and hoping.

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/// Asks `look` again and again until its answer is truthy, and gives that. An error counts as "not
/// yet", unless it is `final`; the last one is named when the time is up.
export async function eventually(what, look, { seconds = 30, every = 50 } = {}) {
  const end = Date.now() + seconds * 1000;
  let last = "it never was";
  for (;;) {
    try {
      const answer = await look();
      if (answer) return answer;
    } catch (error) {
      if (error.final) throw error;
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s (${last})`);
    await pause(every);
  }
}

/// The outcome of `work`, or an error that names `what` when it takes longer.
export async function within(seconds, what, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
