// Repeatable random choices from a seed (a 32-bit mixing generator; not for secrets).
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /// In [0, 1).
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /// In [0, end).
  below(end) {
    return Math.floor(this.unit() * end);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /// Two different members.
  pair(list) {
    const first = this.below(list.length);
    const second = (first + 1 + this.below(list.length - 1)) % list.length;
    return [list[first], list[second]];
  }

  /// A key of `weights`, as often as its weight says.
  weighted(weights) {
    const entries = Object.entries(weights);
    let left = this.unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries.at(-1)[0];
  }

  /// From 1 to `units` whole units, in smallest units with every digit in use.
  amount(units, decimals) {
    const one = 10n ** BigInt(decimals);
    return BigInt(1 + this.below(units)) * one - BigInt(this.below(1_000_000));
  }
}
