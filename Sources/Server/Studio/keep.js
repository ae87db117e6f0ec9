/**
 * What the browser keeps over reloads, by key. A browser that keeps nothing (a private window, a full disk) is no error:
 * then things last as long as the page.
 */
const prefix = "limn.";
const fallback = new Map();

export function kept(key, otherwise) {
  try {
    const text = localStorage.getItem(prefix + key) ?? fallback.get(key);
    return text === undefined || text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function keep(key, value) {
  const text = JSON.stringify(value);
  fallback.set(key, text);
  try {
    localStorage.setItem(prefix + key, text);
  } catch {
    // The page's own memory has it.
  }
}
