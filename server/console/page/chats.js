// The conversations of the user who is logged in, as the server has them.

const pageSize = 30;
const gapAfter = 500; // milliseconds in which a gap may close by itself

const random32 = () => crypto.getRandomValues(new Uint32Array(1))[0];
const seconds = () => Math.floor(Date.now() / 1000);

export class Chats {
  // changed(conversation) is called when something of it is to be shown anew.
  constructor(link, changed) {
    this.link = link;
    this.changed = changed;
    this.byId = new Map();
    this.unsent = new Map(); // by message id, in order
  }

  get(id) {
    let c = this.byId.get(id);
    if (!c) {
      c = { id, pos: 0, mod: 0, rev: 0, unread: 0, readPos: 0, seen: 0, active: 0, last: null, messages: new Map(), first: 0, loaded: false };
      this.byId.set(id, c);
    }
    return c;
  }

  // list returns those with something in them, the latest first.
  list() {
    return [...this.byId.values()].filter((c) => c.last || c.loaded).sort((a, b) => b.active - a.active);
  }

  // sync asks for all conversations, and for what the loaded ones lack.
  async sync() {
    let after;
    do {
      const page = await this.link.call('TIMConvGetConvList', after ? { after } : {});
      page.conversations.forEach((v) => this.merge(v));
      after = page.next;
    } while (after);
    for (const c of this.byId.values()) if (c.loaded) await this.load(c);
    for (const m of this.unsent.values()) this.deliver(m);
  }

  merge(v) {
    if (v.conv_type !== 1) return;
    const c = this.get(v.conv_id);
    if (v.rev < c.rev) return;
    Object.assign(c, { rev: v.rev, pos: Math.max(c.pos, v.pos), mod: Math.max(c.mod, v.mod), unread: v.conv_unread_num, readPos: v.read_pos,
      last: v.conv_last_msg || null });
    for (const reader of v.others || []) c.seen = Math.max(c.seen, reader.read_pos);
    for (const pos of c.messages.keys()) if (pos <= v.clear_pos) c.messages.delete(pos);
    if (c.last) c.active = c.last.message_server_time;
    this.changed(c);
  }

  // load asks for the newest messages, and forgets older ones: they are loaded when wanted.
  async load(c) {
    const page = await this.link.call('TIMMsgGetMsgList', { conv_type: 1, conv_id: c.id, count: pageSize, newest_first: true });
    c.messages = new Map(page.messages.map((m) => [m.pos, m]));
    this.took(c, page);
    c.pos = page.pos;
    c.mod = page.mod;
    this.changed(c);
  }

  async loadOlder(c) {
    const page = await this.link.call('TIMMsgGetMsgList',
      { conv_type: 1, conv_id: c.id, to_pos: c.whole - 1, count: pageSize, newest_first: true });
    page.messages.forEach((m) => c.messages.set(m.pos, m));
    this.took(c, page);
    this.changed(c);
  }

  took(c, page) {
    c.whole = page.whole_from;
    c.loaded = true;
    c.older = page.whole_from > Math.max(1, page.first_pos);
  }

  // say sends a text. It is sent again after a lost link, with the same id.
  say(c, user, text) {
    const m = {
      message_conv_type: 1, message_conv_id: c.id, message_msg_id: `${user}-${seconds()}-${random32()}`, message_seq: random32(),
      message_rand: random32(), message_client_time: seconds(), message_elem_array: [{ elem_type: 0, text_elem_content: text }],
      message_sender: user,
    };
    this.unsent.set(m.message_msg_id, m);
    this.changed(c);
    return this.deliver(m);
  }

  async deliver(m) {
    const c = this.get(m.message_conv_id);
    try {
      const sent = await this.link.call('TIMMsgSendMessage', m);
      this.unsent.delete(m.message_msg_id);
      this.add(c, sent.message || { ...m, pos: sent.pos, message_server_time: sent.message_server_time, message_status: 2 });
    } catch (e) {
      if (e.code === 9508 || e.code === 9520) return; // the next link sends it
      this.unsent.delete(m.message_msg_id);
      this.changed(c);
      throw e;
    }
  }

  add(c, m) {
    if (!m.pos) m.pos = c.pos + 0.001 * (1 + c.messages.size); // online-only: it has no place of its own
    if (c.messages.has(m.pos)) return;
    c.messages.set(m.pos, m);
    c.active = Math.max(c.active, m.message_server_time);
    if (Number.isInteger(m.pos)) {
      if (m.pos > c.pos + 1) this.closeGap(c);
      c.pos = Math.max(c.pos, m.pos);
      if (!m.message_excluded_from_last_message && (!c.last || m.pos >= c.last.pos)) c.last = m;
    }
    this.changed(c);
  }

  closeGap(c) {
    setTimeout(() => this.sync().catch(() => {}), gapAfter);
  }

  async read(c) {
    if (!c.unread) return;
    c.unread = 0;
    await this.link.call('TIMMsgReportReaded', { conv_type: 1, conv_id: c.id, pos: c.pos });
  }

  async recall(c, m) {
    this.replace(await this.link.call('TIMMsgRevoke', { conv_type: 1, conv_id: c.id, pos: m.pos }));
  }

  replace(m) {
    const c = this.get(this.conversationOf(m));
    c.mod = Math.max(c.mod, m.message_version);
    if (c.messages.has(m.pos)) c.messages.set(m.pos, m);
    if (c.last && c.last.pos === m.pos) c.last = m;
    this.changed(c);
  }

  conversationOf(m) {
    return m.message_sender === this.link.user ? m.message_conv_id : m.message_sender;
  }

  // event takes an event of the server.
  event(name, body) {
    switch (name) {
      case 'message': {
        if (body.message_conv_type !== 1) return;
        const c = this.get(this.conversationOf(body));
        if (body.message_sender !== this.link.user && body.pos > c.readPos && !body.message_is_excluded_from_unread_count) c.unread++;
        this.add(c, body);
        return;
      }
      case 'message_changed':
        this.replace(body);
        return;
      case 'read': {
        const c = this.get(body.user);
        c.seen = Math.max(c.seen, body.read_pos);
        this.changed(c);
        return;
      }
      case 'conversation':
        this.merge(body);
        return;
      case 'messages_deleted': {
        const c = this.get(body.conv_id);
        body.positions.forEach((pos) => c.messages.delete(pos));
        this.changed(c);
        return;
      }
      case 'sync':
        this.sync().catch(() => {});
    }
  }
}
