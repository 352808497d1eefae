// Finds things in shadow trees as a person does: by role and words.

/** Every element below `root`, shadow trees included, in the order of the document. */
export function* all(root = document.body) {
  for (const element of root.children ?? []) {
    yield element;
    yield* all(element.shadowRoot ?? { children: [] });
    yield* all(element);
  }
}

/** The first element of a selector, with these words. "host >>> button" looks into shadow trees below the host. */
export function find(selector, words, root = document.body) {
  const [first, ...rest] = selector.split(" >>> ");
  for (const element of all(root)) {
    if (!element.matches(first)) {
      continue;
    }
    const found = rest.length ? find(rest.join(" >>> "), words, withShadow(element)) : element;
    if (found && (rest.length || words === undefined || textOf(found).includes(words))) {
      return found;
    }
  }
  return undefined;
}

const withShadow = (element) => ({
  children: [...(element.shadowRoot?.children ?? []), ...element.children],
});

export function textOf(element) {
  return element.textContent.replace(/\s+/g, " ").trim();
}

/** All words that are shown, shadow trees included. */
export function shownText() {
  const words = [];
  for (const element of all()) {
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && !["STYLE", "SCRIPT"].includes(element.tagName)) {
        words.push(node.data);
      }
    }
  }
  return words.join(" ").replace(/\s+/g, " ");
}

export function press(words) {
  const shown = [...all()].filter((each) => each.getClientRects().length > 0);
  const buttons = ["button", "a"].flatMap((kind) => shown.filter((each) => each.matches(kind)));
  const button =
    buttons.find((each) => textOf(each) === words) ?? buttons.find((each) => textOf(each).includes(words));
  if (!button) {
    throw new Error(`there is no button "${words}"`);
  }
  button.click();
}

/** Resolves when the page has nothing left to draw or to fetch. */
export async function settled() {
  for (let round = 0; round < 12; round += 1) {
    for (const element of all()) {
      await element.updateComplete;
    }
  }
}
