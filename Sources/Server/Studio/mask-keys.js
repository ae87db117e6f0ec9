/**
 * The mask without a pointer: arrows move a cursor (with Shift further), Space lowers and lifts the brush, or sets a corner
 * of the lasso, which Enter closes.
 * @param surface `{width, height, tool(), size(), begin(point), extend(point), finish(), moved(point), say(text)}`
 */
export function maskKeys(node, surface) {
  let point = [surface.width / 2, surface.height / 2];
  let down = false;
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const percent = () => `${Math.round((100 * point[0]) / surface.width)} percent from the left, ${Math.round((100 * point[1]) / surface.height)} from the top`;
  const lift = (text) => {
    if (!down) return;
    down = false;
    surface.finish();
    surface.say(text);
  };
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    if (step) {
      const far = Math.max(surface.width, surface.height) * (event.shiftKey ? 0.1 : 0.02);
      point = [
        Math.min(Math.max(point[0] + step[0] * far, 0), surface.width),
        Math.min(Math.max(point[1] + step[1] * far, 0), surface.height),
      ];
      surface.moved(point);
      if (down && surface.tool() !== "lasso") surface.extend(point);
    } else if (event.key === " ") {
      if (surface.tool() === "lasso") {
        if (down) surface.extend(point);
        else surface.begin(point);
        down = true;
        surface.say(`Corner at ${percent()}. Enter closes.`);
      } else if (down) {
        lift("Brush up.");
      } else {
        down = true;
        surface.begin(point);
        surface.say(`Brush down at ${percent()}.`);
      }
    } else if (event.key === "Enter") {
      lift("Closed.");
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  node.addEventListener("focus", () => surface.moved(point));
  node.addEventListener("blur", () => {
    lift("Brush up.");
    surface.moved(null);
  });
}
