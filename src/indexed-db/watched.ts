/** A map that tells what is about to come in. */
export class Watched<Key, Value> extends Map<Key, Value> {
  readonly #comes: (value: Value) => void;

  constructor(comes: (value: Value) => void) {
    super();
    this.#comes = comes;
  }

  override set(key: Key, value: Value): this {
    this.#comes(value);
    return super.set(key, value);
  }
}
