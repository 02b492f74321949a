// Waiting for something to become true: always with an end, never by sleeping and hoping.

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/// Asks `look` again and again until its answer is truthy, and gives that. An error counts as "not
/// yet", unless it is `final`; the last one is named when the time is up, and when it took long.
export async function eventually(what, look, { seconds = 30, every = 50 } = {}) {
  const start = Date.now();
  let last = "it never was";
  for (let tries = 1; ; tries++) {
    try {
      const answer = await look();
      const took = (Date.now() - start) / 1000;
      if (answer && took > 10) console.error(`slow: ${what}: ${took} s, ${tries} tries (${last})`);
      if (answer) return answer;
    } catch (error) {
      if (error.final) throw error;
      last = error.message;
    }
    if (Date.now() > start + seconds * 1000) {
      throw new Error(`${what}: not within ${seconds} s (${last})`);
    }
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
