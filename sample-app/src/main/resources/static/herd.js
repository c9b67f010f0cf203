import { ask, element, find, many } from './dom.js';

/** The form, the two lanes and the comparison: sends herds and shows what they cost. */
export function startHerds() {
  find('#callers').addEventListener('input', showCallers);
  find('#herd').addEventListener('submit', event => {
    event.preventDefault();
    sendHerd(event.submitter?.dataset.singleFlight !== 'false');
  });
  ask('categories').then(({ body }) => {
    find('#category').replaceChildren(...body.map(name => element('option', { textContent: name, selected: name === 'books' })));
  }).catch(() => {});
  showCallers();
}

const FIGURES = [
  ['Callers', 'callers', String],
  ['Queries at the database', 'queries', String],
  ['Until the last answer', 'wallMillis', seconds],
  ['Median caller waited', 'median', seconds],
  ['Unluckiest caller waited', 'max', seconds],
  ['Different answers', 'distinctAnswers', String],
  ['Callers without an answer', 'failures', String],
];

const results = {};
let underWay = false;

function seconds(millis) {
  return `${(millis / 1000).toFixed(millis < 10000 ? 2 : 1)}\u00a0s`;
}

async function sendHerd(singleFlight) {
  if (underWay) return;
  const callers = Number(find('#callers').value);
  const category = find('#category').value;
  const status = find('#herd-status');
  const lane = find(`#lane-${singleFlight}`);
  setUnderWay(true);
  status.textContent = `${callers} callers are on their way, ${singleFlight ? 'with' : 'without'} single flight …`;
  showQueries(lane, 0, callers);
  const watch = await watchQueries(lane, callers);
  try {
    const { status: code, body } = await ask(`herd?callers=${callers}&singleFlight=${singleFlight}&category=${encodeURIComponent(category)}`);
    if (code !== 200) {
      status.textContent = code === 409 ? 'Another herd is on its way. Send yours when it has landed.' : body.detail;
      return;
    }
    results[singleFlight] = { singleFlight, ...body, ...body.latencyMillis };
    status.textContent = summary(results[singleFlight]);
    showComparison();
  } catch {
    status.textContent = 'The server does not answer.';
  } finally {
    watch.stop();
    showResult(lane, results[singleFlight]);
    setUnderWay(false);
  }
}

function summary({ callers, queries, wallMillis, singleFlight }) {
  const figures = `${many(callers, 'caller', 'callers')}, ${many(queries, 'query', 'queries')}, last answer after ${seconds(wallMillis)}.`;
  return singleFlight && queries > 1 ? `${figures} Who came after a landing started a new flight.` : figures;
}

function setUnderWay(sent) {
  underWay = sent;
  document.querySelectorAll('#herd button').forEach(button => button.setAttribute('aria-disabled', sent));
}

/** Follows the application's own counter of statements while the herd is under way. */
async function watchQueries(lane, callers) {
  const read = async () => (await ask('actuator/metrics/sample.database.queries')).body.measurements[0].value;
  let stopped = false;
  const watch = { stop: () => { stopped = true; } };
  try {
    const before = await read();
    const poll = async () => {
      const queries = (await read()) - before;
      if (stopped) return;
      showQueries(lane, queries, callers);
      setTimeout(() => poll().catch(() => {}), 250);
    };
    setTimeout(() => poll().catch(() => {}), 250);
  } catch {
    watch.stop();
  }
  return watch;
}

/** A dot for each caller; those that made a query are filled. */
function showQueries(lane, queries, callers) {
  const [number, unit] = lane.querySelector('.figure').children;
  number.textContent = queries;
  unit.textContent = `${queries === 1 ? 'query' : 'queries'} for ${many(callers, 'caller', 'callers')}`;
  lane.classList.add('landed');
  showDots(lane, queries, callers);
}

/** The last herd of a lane, or that there was none. */
function showResult(lane, result) {
  if (result) {
    showQueries(lane, result.queries, result.callers);
    return;
  }
  const [number, unit] = lane.querySelector('.figure').children;
  number.textContent = '–';
  unit.textContent = 'not sent yet';
  lane.classList.remove('landed');
  showCallers();
}

function showDots(lane, queries, callers) {
  const dots = lane.querySelector('.dots');
  if (dots.childElementCount !== callers) {
    dots.replaceChildren(...Array.from({ length: callers }, () => element('i')));
  }
  [...dots.children].forEach((dot, index) => dot.classList.toggle('query', index < queries));
}

/** The herd that the slider stands for, in the lanes that no herd has taken yet. */
function showCallers() {
  const callers = Number(find('#callers').value);
  find('#callers-shown').textContent = callers;
  document.querySelectorAll('.lane:not(.landed)').forEach(lane => showDots(lane, 0, callers));
}

function verdict(one, other) {
  if (!one || !other || one.callers !== other.callers) return '';
  return `The same ${many(one.callers, 'caller', 'callers')}: ${many(one.queries, 'query', 'queries')} instead of ${other.queries}, `
    + `and the last answer after ${seconds(one.wallMillis)} instead of ${seconds(other.wallMillis)}.`;
}

function showComparison() {
  const both = results.true && results.false;
  find('#verdict').textContent = verdict(results.true, results.false);
  find('#comparison').hidden = false;
  const rows = FIGURES.map(([title, figure, format]) => {
    const most = Math.max(...Object.values(results).map(result => result[figure]));
    const cells = ['true', 'false'].map(singleFlight => {
      const result = results[singleFlight];
      const cell = element('td', { className: singleFlight === 'true' ? 'with' : 'without' });
      if (!result) {
        cell.textContent = 'not sent yet';
        return cell;
      }
      cell.append(format(result[figure]));
      if (both && most > 0 && figure !== 'callers') {
        const fill = element('i');
        fill.style.width = `${100 * result[figure] / most}%`;
        const bar = element('span', { className: 'bar' }, fill);
        bar.setAttribute('aria-hidden', 'true');
        cell.append(bar);
      }
      return cell;
    });
    return element('tr', {}, element('th', { scope: 'row', textContent: title }), ...cells);
  });
  find('#comparison tbody').replaceChildren(...rows);
}
