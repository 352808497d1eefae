/** Whether text of this colour, as browsers compute it, is light: the theme around it is dark then. */
export function isLight(colour) {
  const found = /^rgba?\((\d+),? (\d+),? (\d+)/.exec(colour);
  if (!found) {
    return undefined;
  }
  const [red, green, blue] = found.slice(1).map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 127;
}
