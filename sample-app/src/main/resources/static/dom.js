export const find = selector => document.querySelector(selector);

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function many(count, one, more) {
  return `${count} ${count === 1 ? one : more}`;
}

/** Without no-store a browser sends equal requests one after the other. */
export async function ask(path, options = {}) {
  const response = await fetch(path, { cache: 'no-store', ...options });
  return { status: response.status, body: await response.json() };
}
