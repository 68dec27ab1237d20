// What is seen, and what the person does.

import { Chats } from './chats.js';
import { Link } from './link.js';

const $ = (id) => document.getElementById(id);
const suggestions = ['alice', 'bob']; // whom `banterd dev` prints tickets for

let link;
let chats;
let open; // the conversation that is shown

async function ticket(user) {
  const answer = await fetch('/console/login', { method: 'POST', body: JSON.stringify({ user_id: user }) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

function element(tag, properties, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

const elementNames = ['', 'image', 'sound', 'custom data', 'file', 'group tips', 'face', 'place', 'group report', 'video', 'relation', 'profile', 'forwarded messages'];

function textOf(m) {
  if (m.message_status === 6) return m.message_revoke_reason ? `Recalled: ${m.message_revoke_reason}` : 'Recalled';
  return m.message_elem_array.map((e) => (e.elem_type === 0 ? e.text_elem_content : `[${elementNames[e.elem_type] || 'something else'}]`)).join(' ');
}

function clock(time) {
  return new Date(time * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

function showList() {
  $('conversations').replaceChildren(...chats.list().map((c) => {
    const children = [element('span', { textContent: c.id })];
    if (c.unread) children.push(element('span', { className: 'unread', textContent: c.unread }));
    children.push(element('span', { className: 'last', textContent: c.last ? textOf(c.last) : '' }));
    const button = element('button', { type: 'button', onclick: () => show(c) }, ...children);
    button.setAttribute('aria-current', c === open);
    return element('li', {}, button);
  }));
}

function bubble(c, m) {
  const mine = m.message_sender === link.user;
  const gone = m.message_status === 6;
  const when = element('span', { className: 'when', textContent: m.pos ? clock(m.message_server_time) : 'Sending…' });
  if (mine && m.pos && !gone) {
    const recall = () => chats.recall(c, m).catch(complain);
    when.append(' ', element('button', { type: 'button', textContent: 'Recall', onclick: recall }));
  }
  const li = element('li', { className: gone ? 'gone' : mine ? 'mine' : '' }, textOf(m), when);
  if (gone && mine) li.classList.add('mine');
  return li;
}

function showMessages() {
  const c = open;
  const scroll = $('scroll');
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
  const placed = [...c.messages.values()].sort((a, b) => a.pos - b.pos);
  const unsent = [...chats.unsent.values()].filter((m) => m.message_conv_id === c.id);
  $('messages').replaceChildren(...placed.concat(unsent).map((m) => bubble(c, m)));
  $('older').hidden = !c.older;
  const mine = placed.filter((m) => m.message_sender === link.user);
  $('seen').textContent = mine.length && mine.at(-1).pos <= c.seen ? 'Read' : '';
  if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  if (!document.hidden) chats.read(c).catch(() => {});
}

async function show(c) {
  open = c;
  $('title').textContent = c.id;
  $('right').hidden = false;
  $('problem').textContent = '';
  showList();
  showMessages();
  $('text').focus();
  try {
    if (!c.loaded) await chats.load(c);
  } catch (e) {
    complain(e);
  }
  $('scroll').scrollTop = $('scroll').scrollHeight;
}

function complain(e) {
  $('problem').textContent = e.message;
}

// Many events in one turn are shown once.
let pending = false;
function changed() {
  if (pending) return;
  pending = true;
  queueMicrotask(() => {
    pending = false;
    if (open) showMessages();
    showList();
  });
}

function leave(reason) {
  open = null;
  $('chat').hidden = true;
  $('entrance').hidden = false;
  $('refusal').textContent = reason;
}

async function enter(user) {
  link = new Link(ticket, {
    event: (name, body) => chats.event(name, body),
    state: (text) => { $('state').textContent = text; },
    ready: () => chats.sync(),
    ended: leave,
  });
  chats = new Chats(link, changed);
  $('refusal').textContent = '';
  try {
    await link.login(user);
  } catch (e) {
    $('refusal').textContent = e.message;
    return;
  }
  sessionStorage.setItem('user', user);
  document.title = `${user} · Banter`;
  $('me').textContent = user;
  $('entrance').hidden = true;
  $('chat').hidden = false;
  $('right').hidden = true;
  showList();
  $('other').value = suggestions.find((s) => s !== user);
}

$('login').onsubmit = (event) => {
  event.preventDefault();
  enter($('user').value);
};
$('logout').onclick = async () => {
  await link.logout();
  leave('');
};
$('start').onsubmit = (event) => {
  event.preventDefault();
  show(chats.get($('other').value));
};
$('older').onclick = () => chats.loadOlder(open).catch(complain);
$('send').onsubmit = (event) => {
  event.preventDefault();
  const text = $('text').value;
  if (!text.trim()) return;
  $('text').value = '';
  $('problem').textContent = '';
  $('scroll').scrollTop = $('scroll').scrollHeight;
  chats.say(open, link.user, text).catch((e) => {
    complain(e);
    $('text').value = $('text').value || text; // nothing that was written is lost
  });
};
$('text').onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('send').requestSubmit();
};
document.onvisibilitychange = () => open && showMessages();
$('user').value = sessionStorage.getItem('user') || suggestions[0];
