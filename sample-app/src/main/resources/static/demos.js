import { ask, element, find, many } from './dom.js';

/** The three smaller flights: a shared failure, a double submit, a report after a write. */
export function startDemos() {
  demo(find('#failure'), sharedFailure);
  demo(find('#submit'), doubleSubmit);
  demo(find('#forget'), freshAfterWrite);
}

function demo(button, run) {
  const answers = button.parentElement.querySelector('.answers');
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    answers.replaceChildren();
    try {
      await run((code, text, kind = '') =>
        answers.append(element('li', { className: kind }, element('b', { textContent: code }), element('span', { textContent: text }))));
    } catch {
      answers.append(element('li', { textContent: 'The server does not answer.' }));
    } finally {
      button.setAttribute('aria-disabled', 'false');
    }
  });
}

const random = most => 1 + Math.floor(Math.random() * most);

async function sharedFailure(show) {
  const product = random(10000);
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(`products/${product}/supplier-price`)));
  answers.forEach(({ status, body }) => show(status, `incident ${body.incident.slice(0, 8)}`, 'refused'));
  const incidents = new Set(answers.map(({ body }) => body.incident)).size;
  show('', `${many(incidents, 'failure', 'failures')} for five callers`, 'summary');
}

async function doubleSubmit(show) {
  const basket = random(5000);
  const click = async which => {
    const { status, body } = await ask(`orders/${basket}/checkout`, { method: 'POST' });
    const said = status === 201 ? `ordered for ${body.total.toFixed(2)}` : body.detail;
    show(status, `${which}: ${said}`, status === 201 ? '' : 'refused');
    return status;
  };
  const statuses = await Promise.all([click('Click 1'), click('Click 2')]);
  const orders = statuses.filter(status => status === 201).length;
  show('', `Basket ${basket}: ${many(orders, 'order', 'orders')}`, 'summary');
}

async function freshAfterWrite(show) {
  const product = (await ask('products/7')).body;
  const report = `categories/${product.category}/report`;
  const before = ask(report);
  const price = product.price < 500 ? 999.5 : 99.5;
  const changed = await ask('products/7/price', {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ price }),
  });
  const after = ask(report);
  const tell = (when, { status, body }) => show(status, `Asked ${when}: average price ${body.averagePrice}, run ${body.id.slice(0, 8)}`);
  tell('before', await before);
  show(changed.status, `“${product.name}”: ${product.price.toFixed(2)} → ${price.toFixed(2)}`);
  tell('after', await after);
  const runs = new Set([(await before).body.id, (await after).body.id]).size;
  show('', runs === 2 ? 'Two runs: the second knows the new price' : 'One run for both', 'summary');
}
