/** Stands for Intl.Segmenter in dist/: yargs makes some when it is loaded and uses them for help only, and the first costs as much as reading a table. */
export class LazySegmenter {
  readonly #options: ConstructorParameters<typeof Intl.Segmenter>;
  #segmenter: Intl.Segmenter | undefined;

  constructor(...options: ConstructorParameters<typeof Intl.Segmenter>) {
    this.#options = options;
  }

  segment(text: string): Intl.Segments {
    return (this.#segmenter ??= new globalThis.Intl.Segmenter(...this.#options)).segment(text);
  }
}
