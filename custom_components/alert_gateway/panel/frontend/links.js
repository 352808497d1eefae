/** The address if it is one of a web page, else null: a script or a file is no place to go. */
export function webAddress(text) {
  if (typeof text !== "string") {
    return null;
  }
  try {
    const { protocol, href } = new URL(text);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}
