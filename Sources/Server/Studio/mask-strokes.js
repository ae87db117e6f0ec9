/**
 * A mask as the list of what was done to it, in pixels of its picture, so that undoing is leaving out the last.
 * A stroke: `{kind, size, points: [[x, y], ...]}`, or `{kind: "invert" | "clear"}`.
 */
export class Strokes {
  done = [];
  undone = [];

  constructor(width, height) {
    this.width = width;
    this.height = height;
  }

  add(stroke) {
    this.done.push(stroke);
    this.undone = [];
    return stroke;
  }

  undo() {
    if (this.done.length) this.undone.push(this.done.pop());
  }

  redo() {
    if (this.undone.length) this.done.push(this.undone.pop());
  }

  /** Draws the mask in a colour on what is transparent; the context's canvas may be smaller than the picture. */
  draw(context, colour) {
    const { width, height } = context.canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, width, height);
    context.setTransform(width / this.width, 0, 0, height / this.height, 0, 0);
    context.lineCap = context.lineJoin = "round";
    context.fillStyle = context.strokeStyle = colour;
    for (const stroke of this.done) this.#apply(context, stroke);
  }

  #apply(context, { kind, size, points }) {
    context.globalCompositeOperation = { eraser: "destination-out", invert: "xor" }[kind] ?? "source-over";
    if (kind === "invert") return context.fillRect(0, 0, this.width, this.height);
    if (kind === "clear") return context.clearRect(0, 0, this.width, this.height);
    if (kind === "rectangle") {
      const [[left, top], [right, bottom]] = points;
      return context.fillRect(left, top, right - left, bottom - top);
    }
    context.beginPath();
    points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (kind === "lasso") return context.fill();
    context.lineWidth = size;
    if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);
    context.stroke();
  }

  /** What share of the picture is masked, 0 to 1, counted on a small copy. */
  get share() {
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    this.draw(context, "#fff");
    const { data } = context.getImageData(0, 0, 64, 64);
    let sum = 0;
    for (let index = 3; index < data.length; index += 4) sum += data[index];
    return sum / (255 * 64 * 64);
  }

  /** The mask as limn reads it: a PNG as large as the picture, white where it is painted anew. */
  async png() {
    const mask = new OffscreenCanvas(this.width, this.height);
    this.draw(mask.getContext("2d"), "#fff");
    const whole = new OffscreenCanvas(this.width, this.height);
    const context = whole.getContext("2d");
    context.fillRect(0, 0, this.width, this.height);
    context.drawImage(mask, 0, 0);
    return whole.convertToBlob({ type: "image/png" });
  }
}
