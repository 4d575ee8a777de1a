/** The screen of a VM that waits for somebody to log in at its console, as QEMU writes it: a PPM. */

const [width, height] = [640, 400];
/** Of a character, in dots; each dot is so many pixels wide and high. */
const [columns, rows, dot] = [6, 10, 2];
const margin = 8;
const grey = 170;

/** Five columns a character, the lowest bit of each at the top. What is not drawn here becomes a box. */
const glyphs: Readonly<Record<string, string>> = {
  ...{ " ": "0000000000", "-": "0808080808", ".": "0000606000", ":": "0000140000", _: "4040404040", "/": "2010080402" },
  ...{ "0": "3e5149453e", "1": "00427f4000", "2": "7249494946", "3": "2141494d33", "4": "1814127f10" },
  ...{ "5": "2745454539", "6": "3c4a494931", "7": "4121110907", "8": "3649494936", "9": "464949291e" },
  ...{ a: "2054547840", b: "7f28444438", c: "3844444428", d: "384444287f", e: "3854545418", f: "00087e0902" },
  ...{ g: "18a4a49c78", h: "7f08040478", i: "00447d4000", j: "2040403d00", k: "7f10284400", l: "00417f4000" },
  ...{ m: "7c04780478", n: "7c08040478", o: "3844444438", p: "fc18242418", q: "18242418fc", r: "7c08040408" },
  ...{ s: "4854545424", t: "04043f4424", u: "3c4040207c", v: "1c2040201c", w: "3c4030403c", x: "4428102844" },
  ...{ y: "4c9090907c", z: "4464544c44", D: "7f4141413e", G: "3e41415173", N: "7f0408107f", U: "3f4040403f" },
  ...{ L: "7f40404040" },
};
const box = "7f4141417f";

export function screen(name: string): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  const lines = [`Debian GNU/Linux 13 ${name} tty1`, "", `${name} login: _`];
  for (const [row, line] of lines.entries())
    for (const [column, character] of [...line].entries()) draw(pixels, row, column, glyphs[character] ?? box);
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`, "latin1"), pixels]);
}

function draw(pixels: Buffer, row: number, column: number, glyph: string): void {
  for (const [x, bits] of Buffer.from(glyph, "hex").entries()) {
    for (let y = 0; y < 8; y++) {
      if (((bits >> y) & 1) === 0) continue;
      const left = margin + (column * columns + x) * dot;
      const top = margin + (row * rows + y) * dot;
      // What does not fit on the screen is not on it.
      if (left + dot > width) continue;
      for (let line = top; line < top + dot; line++) {
        const at = (line * width + left) * 3;
        pixels.fill(grey, at, at + dot * 3);
      }
    }
  }
}
