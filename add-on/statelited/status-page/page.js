'use strict';
// Shows the boots of all nodes as statelited tells them: first all, then what changes. No state is told by colour alone.

const STATES = { failed: ['✖', 'failed'], stuck: ['⚠', 'stuck'], booting: ['▶', 'booting'], waiting: ['…', 'waiting'], booted: ['✔', 'booted'], unknown: ['○', 'no boot yet'] };
const SHOWN = 400;
const nodes = new Map();
let phases = [];
let only;
let chosen = decodeURIComponent(location.hash.slice(1));
let ahead = 0;
let planned = false;

const at = (id) => document.getElementById(id);
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-')) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}
const now = () => Date.now() + ahead;
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
function duration(ms) {
  const total = Math.max(0, Math.round(ms / 1000));
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return total < 86400 ? `${Math.floor(total / 3600)} h ${Math.floor(total / 60) % 60} min` : `${Math.floor(total / 86400)} d ${Math.floor(total / 3600) % 24} h`;
}
const time = (ms) => new Date(ms).toLocaleString('sv-SE');
const count = (number, one) => `${number.toLocaleString('en')} ${one}${number === 1 ? '' : 's'}`;

function why({ state, stopped, phase, since, asked, took, failed, waitsFor }) {
  if (state === 'failed') return `in ${phase}: ${stopped}`;
  if (state === 'stuck') return `in ${phase} for ${duration(now() - since)}${waitsFor ? `, waits for ${waitsFor}` : ''}`;
  if (state === 'waiting') return asked.reason ?? `plan ${duration(now() - asked.asked)} ago, no word since`;
  const rows = Object.keys(failed).length;
  if (state === 'booted') return rows > 0 ? `${count(rows, 'row')} FAILED` : `in ${seconds(took)}`;
  return '';
}

// --- drawing: the list is compared by text, so that what did not change keeps its place and its focus ---

function draw() {
  planned = false;
  const all = [...nodes.values()];
  const by = Object.groupBy ? Object.groupBy(all, ({ state }) => state) : all.reduce((groups, node) => ({ ...groups, [node.state]: [...(groups[node.state] ?? []), node] }), {});
  keep(at('states'), Object.entries(STATES).map(([state, [symbol, word]]) => [state, JSON.stringify([by[state]?.length, only === state]), () => make('button', {
    className: `state ${state}`, id: `state-${state}`, type: 'button', 'aria-pressed': String(only === state), onclick: () => { only = only === state ? undefined : state; draw(); },
  }, make('b', { 'aria-hidden': 'true' }, symbol), make('span', { className: 'count' }, (by[state]?.length ?? 0).toLocaleString('en')), make('span', {}, word))]));
  drawPhases(all.filter(({ state }) => state === 'booting' || state === 'stuck'));
  const wanted = at('filter').value.trim().toLowerCase();
  const groups = Object.keys(STATES).filter((state) => only === undefined || only === state).map((state) => {
    const found = (by[state] ?? []).filter((node) => wanted === '' || node.node.toLowerCase().includes(wanted) || why(node).toLowerCase().includes(wanted));
    return [state, found];
  }).filter(([, found]) => found.length > 0);
  keep(at('groups'), groups.length === 0
    ? [['none', wanted, () => make('p', { className: 'hint' }, nodes.size === 0 ? 'The tables have no node.' : 'No node fits.')]]
    : groups.map(([state, found]) => [state, JSON.stringify([wanted, chosen, found.length, found.slice(0, SHOWN).map((node) => [node.node, why(node)])]), () => group(state, found)]));
  drawNode();
}

/** Makes again only children whose text changed, and moves none that can stay: the focus stays where it was. */
function keep(parent, wanted) {
  const focus = document.activeElement?.id;
  const keys = new Set(wanted.map(([key]) => key));
  for (const child of [...parent.children]) if (!keys.has(child.dataset.key)) child.remove();
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const [key, text, makeIt] of wanted) {
    const known = old.get(key);
    const child = known?.dataset.text === text ? known : makeIt();
    if (child !== known) Object.assign(child.dataset, { key, text });
    if (known === place) place = place?.nextElementSibling ?? null;
    if (known === undefined) parent.insertBefore(child, place);
    else if (child !== known) known.replaceWith(child);
  }
  if (focus && document.activeElement?.id !== focus) at(focus)?.focus();
}

function group(state, found) {
  const [symbol, word] = STATES[state];
  const wide = state === 'failed' || state === 'stuck' || state === 'waiting';
  const list = make('ul', { className: 'nodes' }, ...found.slice(0, SHOWN).map((node, index) => make('li', {}, make('button', {
    className: 'node', id: `node-${node.node}`, type: 'button', tabIndex: index === 0 ? 0 : -1, 'aria-current': String(chosen === node.node), title: why(node), onclick: () => choose(node.node),
  }, node.node, ...(wide || Object.keys(node.failed).length > 0 ? [make('span', { className: 'why' }, ` ${why(node)}`)] : [])))));
  return make('section', { className: `${state}${wide ? ' wide' : ''}`, style: 'margin-top: .8rem' },
    make('h3', { style: 'margin-top: 0' }, make('b', { 'aria-hidden': 'true' }, symbol), ` ${word} `, make('span', { className: 'count' }, found.length.toLocaleString('en'))),
    list, ...(found.length > SHOWN ? [make('p', { className: 'more' }, `and ${(found.length - SHOWN).toLocaleString('en')} more: type a part of a name above`)] : []));
}

function drawPhases(underWay) {
  const counts = phases.map((phase) => [phase, underWay.filter((node) => node.phase === phase)]);
  const most = Math.max(1, ...counts.map(([, found]) => found.length));
  keep(at('phases'), underWay.length === 0 ? [['none', '', () => make('li', { className: 'hint' }, make('span', { style: 'grid-column: 1 / -1' }, 'No node is booting.'))]] : counts.map(([phase, found]) => {
    const stuck = found.filter(({ state }) => state === 'stuck').length;
    return [phase, `${found.length} ${stuck} ${most}`, () => make('li', { className: found.length === 0 ? 'empty' : '' }, make('span', {}, phase),
      make('span', { className: 'track' }, ...(found.length === 0 ? [] : [bar(0, (found.length - stuck) / most, 'booting'), ...(stuck === 0 ? [] : [bar((found.length - stuck) / most, stuck / most, 'stuck open')])])),
      make('span', { className: 'count' }, stuck === 0 ? found.length.toLocaleString('en') : `${found.length.toLocaleString('en')}, ${stuck.toLocaleString('en')} stuck`))];
  }));
}

const bar = (from, share, name) => make('span', { className: `bar ${name}`, style: `left: ${(from * 100).toFixed(2)}%; width: ${(share * 100).toFixed(2)}%` });

function drawNode() {
  const node = nodes.get(chosen);
  const panel = at('node');
  if (node === undefined) {
    if (chosen !== '') keep(panel, [['none', chosen, () => make('p', { className: 'hint' }, `There is no node ${chosen}.`)]]);
    return;
  }
  const open = node.state === 'booting' || node.state === 'stuck';
  const running = open ? now() - node.since : 0;
  const made = piecesOf(node);
  keep(panel, [[node.node, JSON.stringify([node, made, open ? Math.round(running / 1000) : 0]), () => {
    // Steps before the kernel's start end at 0.
    const before = Math.max(0, ...node.steps.map(({ at: end, took }) => took - end));
    const ended = before + (node.took ?? 0);
    const total = Math.max(1, ended + running);
    const steps = node.steps.map(({ phase, at: end, took }) => step(phase, (before + end - took) / total, took / total, 'booted', seconds(took)));
    if (open) steps.push(step(node.phase, ended / total, running / total, `${node.state} open`, `${duration(running)} so far`));
    if (node.state === 'failed') steps.push(step(node.phase, ended / total, 0.01, 'failed open', 'stopped'));
    const [symbol, word] = STATES[node.state];
    const failed = Object.entries(node.failed).sort(([one], [other]) => (one < other ? -1 : 1));
    return make('div', { className: node.state },
      make('h2', {}, `${node.node}: `, make('b', {}, `${symbol} ${word}`), node.state === 'booted' ? ` in ${seconds(node.took)}` : '', failed.length === 0 ? '' : `, ${count(failed.length, 'row')} FAILED`),
      ...(node.stopped === undefined ? [] : [make('p', { className: 'said' }, node.stopped)]),
      ...(node.state === 'stuck' ? [make('p', { className: 'said' }, `stuck in ${node.phase} for ${duration(running)}`)] : []),
      ...(node.asked?.reason === undefined || node.state !== 'waiting' ? [] : [make('p', { className: 'said' }, `refused a plan (${node.asked.answer}): ${node.asked.reason}`)]),
      make('ol', { className: 'steps' }, ...steps, ...(steps.length === 0 ? [] : [make('li', { className: 'scale' }, make('span'), make('span', { className: 'ends' }, make('span', {}, '0 s'), make('span', {}, seconds(total))))])),
      facts([
        ['kernel started', node.begun && time(node.begun)], ['last heard', node.heard && time(node.heard)],
        ['plan asked', node.asked && `${time(node.asked.asked)}, answer ${node.asked.answer}`], ['rows', node.rows > 0 && `${node.rows}, ${failed.length} failed`],
        ['NFS', node.nfs && `${node.nfs.operations.toLocaleString('en')} operations, ${(node.nfs.read / 1e6).toFixed(1)} MB read, ${(node.nfs.written / 1e6).toFixed(1)} MB written`],
      ]),
      ...(made.pieces.length === 0 ? [] : [make('h3', {}, made.count > made.pieces.length ? `What took longest, of ${made.count.toLocaleString('en')} rows and parts` : 'Rows and parts'),
        facts(made.pieces.map(({ name, ms, bytes = 0, option, origin, detail, phase }) => [name, `${seconds(ms)} in ${phase}${bytes > 0 ? `, ${(bytes / 1e6).toFixed(1)} MB copied` : ''}${option ? `, ${option} from ${origin}` : ''}${detail ? `, ${detail}` : ''}`]))]),
      ...(failed.length === 0 ? [] : [make('h3', {}, 'Rows that failed'), facts(failed.map(([path, row]) => [path, `${row.option} ${row.type} from ${row.origin}`]))]),
      ...(node.warnings.length === 0 ? [] : [make('h3', {}, 'Warnings'), ...node.warnings.map((text) => make('p', { className: 'said warning' }, `⚠ ${text}`))]));
  }]]);
}

/** Rows and parts of the chosen node's boot are asked for when it is chosen, and again when it was heard of since. */
let known = {};
function piecesOf({ node, boot, heard }) {
  const key = `${node} ${boot} ${heard}`;
  if (boot === undefined) return NO_PIECES;
  if (known.key !== key) {
    known = { key, node, boot, found: known.node === node && known.boot === boot ? known.found : NO_PIECES };
    fetch(`rows?${encodeURIComponent(node)}`).then((answer) => (answer.ok ? answer.json() : NO_PIECES)).then((found) => {
      if (known.key !== key) return;
      known.found = found;
      later();
    }, () => undefined);
  }
  return known.found;
}
const NO_PIECES = { count: 0, pieces: [] };

const step = (phase, from, share, name, text) => make('li', {}, make('span', {}, phase), make('span', { className: 'track' }, bar(from, share, name)), make('span', { className: 'took' }, text));
const facts = (pairs) => make('dl', { className: 'facts' }, ...pairs.filter(([, text]) => text).flatMap(([name, text]) => [make('dt', {}, name), make('dd', {}, text)]));

function choose(name) {
  chosen = name;
  history.replaceState(null, '', `#${encodeURIComponent(name)}`);
  draw();
}

// --- keys ---

document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== at('filter')) {
    event.preventDefault();
    at('filter').focus();
    return;
  }
  if (event.key === 'Escape' && document.activeElement === at('filter')) {
    at('filter').value = '';
    draw();
  }
  if (!document.activeElement?.matches('.node')) return;
  const list = [...document.querySelectorAll('.node')];
  const place = list.indexOf(document.activeElement);
  const next = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: list.length - 1 }[event.key];
  if (next === undefined || list[next] === undefined) return;
  event.preventDefault();
  list[next].focus();
});
at('filter').addEventListener('input', draw);
addEventListener('hashchange', () => choose(decodeURIComponent(location.hash.slice(1))));

// --- news ---

const later = () => {
  if (planned) return;
  planned = true;
  requestAnimationFrame(draw);
};
setInterval(later, 1000);
const events = new EventSource('events');
events.addEventListener('all', ({ data }) => {
  const told = JSON.parse(data);
  nodes.clear();
  ({ phases } = told);
  ahead = told.now - Date.now();
  at('site').textContent = `${count(told.nodes.length, 'node')}, served by ${told.host}`;
  for (const node of told.nodes) nodes.set(node.node, node);
  at('live').textContent = 'live';
  draw();
});
events.addEventListener('news', ({ data }) => {
  const told = JSON.parse(data);
  for (const node of told.nodes) nodes.set(node.node, node);
  for (const name of told.gone) nodes.delete(name);
  at('live').textContent = told.away ? `the database is away since ${time(told.away)}: what is shown is as old` : `live, ${new Date(told.now).toLocaleTimeString('sv-SE')}`;
  later();
});
events.onerror = () => { at('live').textContent = 'statelited does not answer: trying again; what is shown is old'; };
