import { ask, element, find } from './dom.js';

const REPORT = 'ProductService.report';
const COLUMNS = ['calls', 'runs', 'joined', 'rejected', 'failures', 'forgotten', 'active', 'waiting'];

/** Follows the endpoint, more often while a flight is under way. */
export async function watchGroups() {
  let busy = false;
  try {
    const { body } = await ask('actuator/singleflight');
    const groups = body.groups ?? {};
    busy = Object.values(groups).some(({ active }) => active > 0);
    showGroups(groups);
    await showFlight(groups[REPORT]);
  } catch {
    showIdle('The endpoint does not answer.');
  }
  setTimeout(watchGroups, busy ? 150 : 400);
}

function showGroups(groups) {
  const table = find('#groups tbody');
  for (const [name, figures] of Object.entries(groups)) {
    let row = [...table.rows].find(candidate => candidate.dataset.group === name);
    if (!row) {
      row = element('tr', {}, element('th', { scope: 'row' }, element('code', {}, ...breakable(name))),
        ...COLUMNS.map(() => element('td')));
      row.dataset.group = name;
      table.append(row);
    }
    COLUMNS.forEach((column, index) => {
      const cell = row.cells[index + 1];
      const shown = String(figures[column] ?? '–');
      cell.classList.toggle('changed', cell.textContent !== '' && cell.textContent !== shown);
      cell.textContent = shown;
    });
  }
}

/** Where a line has no room for a whole name, it ends at a dot. */
function breakable(name) {
  return name.split(/(?<=\.)/).flatMap(part => [part, element('wbr')]);
}

async function showFlight(report) {
  if (!report?.active) {
    showIdle('No flight is under way.');
    return;
  }
  const { body } = await ask(`actuator/singleflight/${REPORT}`);
  const flight = body.flights?.[0];
  if (!flight) return;
  find('#flight').className = 'flight under-way';
  find('#flight').textContent = `In flight: ${flight.key}, led by ${flight.leader ?? 'nobody'}, ${flight.followers} waiting`;
}

function showIdle(text) {
  find('#flight').className = 'flight';
  find('#flight').textContent = text;
}
