// The link to the server, by the project's wire protocol (docs/wire.md). While somebody is
// logged in it connects again by itself and takes the session up.

const maxWait = 15000;      // milliseconds between two attempts to connect
const answerWithin = 20000; // milliseconds

// Codes of the C API that a link can do something about.
const notLoggedIn = 6014;
const kickedOffline = 6208;

export class Refusal extends Error {
  constructor(code, desc) {
    super(desc || `the server refused with ${code}`);
    this.code = code;
  }
}

const hex32 = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

// instance names this window: another one is another device.
function instance() {
  let id = sessionStorage.getItem('instance');
  if (!id) sessionStorage.setItem('instance', id = hex32());
  return id;
}

export class Link {
  // ticket(user) brings {sdk_app_id, user_id, user_sig}. on has the methods event(name, body),
  // state(text), ready() when a session is there, and ended(reason) when it is over.
  constructor(ticket, on) {
    this.ticket = ticket;
    this.on = on;
    this.run = hex32();
    this.attempt = 0;
    this.lastId = 0;
    this.waiting = new Map();
  }

  async login(user) {
    this.user = user;
    this.wanted = true;
    try {
      await this.connect();
    } catch (e) {
      this.wanted = false;
      this.close();
      throw e;
    }
  }

  async logout() {
    this.wanted = false;
    try {
      await this.call('logout');
    } catch {
      // then the server finds out by itself
    }
    this.close();
  }

  // connect opens a link and the session on it. It fails for a reason that another attempt
  // does not mend.
  async connect() {
    const ticket = await this.ticket(this.user);
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = this.socket = new WebSocket(url);
    this.closing = null;
    socket.onmessage = (m) => socket === this.socket && this.take(JSON.parse(m.data));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onclose = () => {
        reject(new Error('the server cannot be reached'));
        this.lost(socket);
      };
    });
    const welcome = await this.call('hello', {
      protocol: 1, sdk_app_id: ticket.sdk_app_id, sdk_version: 'page', platform: 'web', instance_id: instance(), login_wanted: true,
    });
    this.spread = welcome.reconnect_spread_ms;
    this.pingAfter = welcome.ping_after_ms;
    await this.open(ticket);
    this.failures = 0;
    this.beat();
    this.on.state('');
    await this.on.ready();
  }

  async open(ticket) {
    const proof = { user_id: ticket.user_id, user_sig: ticket.user_sig, run: this.run };
    if (this.session) {
      try {
        this.session = await this.call('resume', { ...proof, attempt: ++this.attempt,
          session_id: this.session.session_id, session_number: this.session.session_number });
        return;
      } catch (e) {
        if (e.code !== notLoggedIn) throw e;
      }
    }
    this.session = await this.call('login', { ...proof, attempt: ++this.attempt });
  }

  call(cmd, body) {
    return new Promise((resolve, reject) => {
      if (!this.socket || this.socket.readyState !== WebSocket.OPEN) {
        reject(new Refusal(9508, 'there is no link to the server'));
        return;
      }
      const id = ++this.lastId;
      const late = setTimeout(() => this.socket && this.socket.close(), answerWithin);
      this.waiting.set(id, { resolve, reject, late });
      this.socket.send(JSON.stringify(body === undefined ? { id, cmd } : { id, cmd, body }));
    });
  }

  take(frame) {
    if (frame.id) {
      const call = this.waiting.get(frame.id);
      this.waiting.delete(frame.id);
      if (!call) return;
      clearTimeout(call.late);
      if (frame.code) call.reject(new Refusal(frame.code, frame.desc));
      else call.resolve(frame.body);
      return;
    }
    switch (frame.event) {
      case 'closing':
        this.closing = frame.body;
        break;
      case 'kicked':
        this.end(`Logged out: ${frame.body.reason.replaceAll('_', ' ')}.`);
        break;
      case 'usersig_expired':
        this.session = null; // a new ticket opens another one
        break;
      case 'usersig_expiring':
        this.renew();
        break;
      default:
        this.on.event(frame.event, frame.body);
    }
  }

  async renew() {
    try {
      const ticket = await this.ticket(this.user);
      await this.call('login', { user_id: ticket.user_id, user_sig: ticket.user_sig, run: this.run, attempt: ++this.attempt });
    } catch {
      // the link that follows brings another ticket
    }
  }

  // beat pings, so that a link that died is noticed.
  beat() {
    clearInterval(this.beating);
    this.beating = setInterval(() => this.call('ping').catch(() => {}), Math.min(this.pingAfter, 30000));
  }

  lost(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.beating);
    for (const call of this.waiting.values()) {
      clearTimeout(call.late);
      call.reject(new Refusal(9520, 'the link was lost before the answer came'));
    }
    this.waiting.clear();
    if (!this.wanted) return;
    if (this.closing && !this.closing.redial && this.closing.reason !== 'expired') {
      this.end(this.closing.desc || `The server closed the link: ${this.closing.reason}.`);
      return;
    }
    this.on.state('Connecting…');
    this.redial(this.closing && this.closing.after_ms || 0);
  }

  redial(least) {
    this.failures = (this.failures || 0) + 1;
    const most = Math.min(maxWait, (this.spread || 1000) * 2 ** (this.failures - 1));
    clearTimeout(this.dialing);
    this.dialing = setTimeout(async () => {
      if (!this.wanted) return;
      try {
        await this.connect();
      } catch (e) {
        if (e.code === kickedOffline) this.end('Logged out: another device took this one\'s place.');
        else if (this.socket) this.socket.close(); // and that redials
        else if (this.wanted) this.redial(0);
      }
    }, least + Math.random() * most);
  }

  end(reason) {
    this.wanted = false;
    this.close();
    this.on.ended(reason);
  }

  close() {
    const socket = this.socket;
    this.session = null;
    clearInterval(this.beating);
    clearTimeout(this.dialing);
    if (socket) socket.close();
  }
}
