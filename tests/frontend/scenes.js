// What Alert Gateway would answer, in the shape of its websocket commands.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.now();
const at = (offset) => new Date(now + offset).toISOString();

const alarm = (values) => ({
  id: "01A",
  code: "4711",
  source: "plc1",
  key: "pump/water",
  severity: "high",
  state: "raised",
  title: "Water in the cellar",
  text: "",
  count: 1,
  policy: "high",
  is_active: true,
  is_test: false,
  is_chattering: false,
  url: null,
  labels: {},
  raised_at: at(-12 * MINUTE),
  acked_at: null,
  cleared_at: null,
  closed_at: null,
  next_due: null,
  acked_by: null,
  acked_people: [],
  shelved_until: null,
  shelved_by: null,
  suppressed_by: null,
  ...values,
});

const message = (values) => ({
  uid: "m1",
  kind: "raise",
  channel: "sms",
  address: "+436641234567",
  person: "anna",
  name: "Anna",
  alarm_id: "01A",
  text: "HIGH Water in the cellar: Pump 2 does not start. Answer OK 4711",
  priority: "high",
  state: "delivered",
  is_final: true,
  segments: 1,
  attempts: 1,
  in_doubt: false,
  route: "modem_3809",
  created_at: at(-12 * MINUTE),
  due_at: at(-12 * MINUTE),
  expires_at: at(4 * HOUR),
  read_at: null,
  reason: "",
  ...values,
});

const inbound = (values) => ({
  id: "i1",
  route: "modem_3809",
  channel: "sms",
  person: "anna",
  name: "Anna",
  address: "+436641234567",
  alias: "a1",
  text: "OK 4711",
  received_at: at(-8 * MINUTE),
  sent_at: at(-8 * MINUTE),
  authorisation: "code",
  keyword: "acknowledge",
  meaning: "command",
  refusal: "",
  segments: 1,
  missing_segments: 0,
  answered_by: [],
  ...values,
});

const person = (values) => ({
  id: "anna",
  name: "Anna",
  addresses: [
    { channel: "sms", value: "+436641234567" },
    { channel: "call", value: "+436641234567" },
  ],
  can_acknowledge: true,
  can_command: true,
  minimum_severity: "info",
  reached: true,
  against: null,
  is_quiet: false,
  is_on_shift: true,
  changes_at: null,
  on_call: [],
  opted_out: false,
  locked_out_until: null,
  ...values,
});

const PEOPLE = [
  person({ on_call: ["rota"] }),
  person({
    id: "ben",
    name: "Ben Gruber",
    addresses: [
      { channel: "sms", value: "+491701234567" },
      { channel: "whatsapp", value: "+491701234567" },
    ],
    reached: false,
    against: "quiet",
    is_quiet: true,
    changes_at: at(6 * HOUR),
    can_acknowledge: false,
  }),
  person({
    id: "chiara",
    name: "Chiara Rossi",
    addresses: [
      { channel: "sms", value: "+393401234567" },
      { channel: "email", value: "chiara@example.org" },
    ],
    locked_out_until: at(30 * MINUTE),
  }),
];

const NAMES = [
  {
    id: "rota",
    name: "Caretakers",
    kind: "on_call",
    mode: null,
    reached: ["anna"],
    held: [],
    notes: [],
    until: at(40 * HOUR),
    on_duty: "anna",
    duty_reason: "turn",
    duty_until: at(40 * HOUR),
    next_on_duty: "ben",
  },
  {
    id: "house",
    name: "Everybody in the house",
    kind: "group",
    mode: "all",
    reached: ["anna", "chiara"],
    held: [{ person: "ben", until: at(6 * HOUR) }],
    notes: [],
    until: at(6 * HOUR),
    on_duty: null,
    duty_reason: null,
    duty_until: null,
    next_on_duty: null,
  },
];

const roster = { severity: "high", commands_off_since: null, people: PEOPLE, names: NAMES };

function signal() {
  const points = [];
  for (let slot = 0; slot < 288; slot += 1) {
    const wave = Math.round(-82 + 11 * Math.sin(slot / 26) + 4 * Math.sin(slot / 5));
    points.push({ at: at((slot - 288) * 5 * MINUTE), dbm: slot > 150 && slot < 162 ? null : wave });
  }
  return points;
}

const ROUTES = [
  {
    name: "modem_3809",
    title: "Huawei E3372 (…3809)",
    state: "ok",
    reason: "",
    proof: 4,
    companion_of: "",
    facts: { operator: "A1", signal_dbm: -74, registration: "home", model: "E3372", storage: "SM 3/30" },
    is_fault: false,
    last_proof: at(-50 * MINUTE),
    loopback_due: null,
    credit: "12.40",
    currency: "EUR",
    credit_at: at(-9 * HOUR),
    budget_left: 43,
  },
  {
    name: "modem_3809_calls",
    title: "Huawei E3372 (…3809)",
    state: "ok",
    reason: "",
    proof: 3,
    companion_of: "modem_3809",
    facts: {},
    is_fault: false,
    last_proof: null,
    loopback_due: null,
    credit: null,
    currency: "",
    credit_at: null,
    budget_left: 20,
  },
  {
    name: "websms",
    title: "websms",
    state: "failed",
    reason: "the account has no credit left: buy some, then choose Reload",
    proof: 2,
    companion_of: "",
    facts: {},
    is_fault: true,
    last_proof: at(-30 * HOUR),
    loopback_due: null,
    credit: "0.00",
    currency: "EUR",
    credit_at: at(-5 * MINUTE),
    budget_left: null,
  },
];

const traffic = (values) => ({
  left: 18,
  accepted: 17,
  failed: 1,
  received: 6,
  waiting: 0,
  last_delivery: at(-11 * MINUTE),
  last_error: null,
  ...values,
});

const ALARMS = [
  alarm({
    id: "01C",
    code: "0815",
    severity: "critical",
    source: "boiler",
    key: "gas",
    title: "Gas in the boiler room",
    text: "The sensor shows 18 % LEL and rising. The valve is shut, the fan runs.",
    raised_at: at(-2 * MINUTE),
    next_due: at(3 * MINUTE),
    count: 3,
    url: "https://plant.example.org/boiler",
    labels: { room: "B 0.12" },
  }),
  alarm({
    text: "Pump 2 does not start. The water stands at 12 cm, 3 cm more than at 06:40.",
    state: "acked",
    acked_at: at(-8 * MINUTE),
    acked_by: "Anna",
    acked_people: ["Anna"],
  }),
  alarm({
    id: "01B",
    code: "2288",
    severity: "normal",
    source: "home_assistant",
    key: "freezer",
    title: "The freezer is warmer than −12 °C",
    raised_at: at(-3 * HOUR),
    shelved_until: at(45 * MINUTE),
    shelved_by: "Marco",
  }),
];

const NOTES = [
  { at: at(-12 * MINUTE), event: "raised", by: null },
  { at: at(-10 * MINUTE), event: "step", by: null },
  { at: at(-8 * MINUTE), event: "acknowledged", by: "Anna" },
];

const MESSAGES = [
  message({}),
  message({
    uid: "m2",
    person: "ben",
    name: "Ben Gruber",
    address: "+491701234567",
    state: "queued",
    is_final: false,
    attempts: 1,
    reason: "the network refused for now (CMS 331)",
    due_at: at(MINUTE),
    created_at: at(-10 * MINUTE),
  }),
  message({
    uid: "m3",
    channel: "call",
    state: "failed",
    reason: "nobody answered",
    created_at: at(-9 * MINUTE),
  }),
  message({
    uid: "m4",
    person: "chiara",
    name: "Chiara Rossi",
    address: "+393401234567",
    kind: "clear",
    state: "accepted",
    text: "ALL CLEAR 3155 The cellar is dry",
    created_at: at(-26 * HOUR),
  }),
  message({
    uid: "m5",
    kind: "direct",
    alarm_id: null,
    state: "expired",
    is_final: true,
    text: "Good morning",
    created_at: at(-27 * HOUR),
  }),
];

const INBOX = [
  inbound({}),
  inbound({
    id: "i3",
    person: null,
    name: null,
    address: "+43…890",
    alias: "a3",
    text: "Who is this?",
    meaning: "text",
    keyword: null,
    authorisation: "none",
    received_at: at(-5 * HOUR),
  }),
  inbound({
    id: "i2",
    person: "ben",
    name: "Ben Gruber",
    text: "GATE 12 open",
    meaning: "refused",
    refusal: "no_proof",
    keyword: null,
    received_at: at(-26 * HOUR),
  }),
];

const CONVERSATION = [
  {
    id: "m9",
    at: at(-7 * MINUTE),
    inbound: null,
    message: message({
      uid: "m9",
      kind: "reply",
      text: "You have 4711: Water in the cellar",
      state: "delivered",
    }),
  },
  { id: "i1", at: at(-8 * MINUTE), inbound: inbound({}), message: null },
  { id: "m1", at: at(-12 * MINUTE), inbound: null, message: message({}) },
  {
    id: "i0",
    at: at(-30 * HOUR),
    inbound: inbound({ id: "i0", text: "STATUS", keyword: "status" }),
    message: null,
  },
];

const ATTEMPTS = [
  {
    number: 1,
    route: "websms",
    began_at: at(-12 * MINUTE + 500),
    ended_at: at(-12 * MINUTE + 900),
    outcome: "next_route",
    error_class: "account",
    code: "HTTP 402",
    reason: "the account has no credit left",
    segments: [],
  },
  {
    number: 2,
    route: "modem_3809",
    began_at: at(-12 * MINUTE + 1500),
    ended_at: at(-12 * MINUTE + 4200),
    outcome: "accepted",
    error_class: "",
    code: "",
    reason: "",
    segments: [
      {
        segment: 0,
        state: "accepted",
        changed_at: at(-12 * MINUTE + 4200),
        report: "delivered",
        reported_at: at(-12 * MINUTE + 9000),
      },
    ],
  },
];

const DRY_RUN = {
  person: "anna",
  meaning: "command",
  command: "acknowledge",
  words: "ok 4711",
  arguments: ["4711"],
  values: {},
  usage: null,
  tier: 1,
  proof: "not_needed",
  refusal: null,
  allowed: ["Anna", "Chiara Rossi"],
  answer: "You have 4711: Water in the cellar",
  deeds: [
    {
      kind: "alarm",
      words: "the alarm 4711 is acknowledged",
      code: "4711",
      event: "acknowledged",
      name: null,
      channel: null,
      text: null,
    },
    {
      kind: "message",
      words: "Ben Gruber is written to",
      code: null,
      event: null,
      name: "Ben Gruber",
      channel: "sms",
      text: "4711 taken by Anna (08:12): Water in the cellar",
    },
  ],
};

/** Each scene has things of its own to change. */
const own = (things) =>
  Object.fromEntries(
    Object.entries(things).map(([name, thing]) => [
      name,
      typeof thing === "function" ? thing : structuredClone(thing),
    ]),
  );

function busy() {
  const verdict = { verdict: "applied", alarms: [] };
  return {
    overview: own({
      state: "running",
      user: { is_admin: true, may_act: true },
      open: ALARMS.length,
      unacknowledged: 2,
      queue: 1,
      in_doubt: 0,
      alarms: ALARMS,
      roster,
      routes: ROUTES,
      changes: { alarms: 1, messages: 1, inbound: 1, routes: 1 },
    }),
    answers: own({
      alarms: ({ alarm_id: id }) =>
        id
          ? {
              items: [
                { ...ALARMS.find((each) => each.id === id), notes: NOTES, messages: MESSAGES.slice(0, 3) },
              ],
              more: false,
            }
          : {
              items: [
                alarm({
                  id: "0A",
                  title: "The cellar is flooded",
                  closed_at: at(-25 * HOUR),
                  acked_by: "Chiara Rossi",
                  notes: NOTES,
                  messages: MESSAGES.slice(0, 1),
                }),
                alarm({
                  id: "0B",
                  title: "No sign of life from the heating",
                  severity: "normal",
                  closed_at: at(-50 * HOUR),
                  notes: [],
                  messages: [],
                }),
              ],
              more: false,
            },
      messages: { items: MESSAGES, more: true },
      attempts: { items: ATTEMPTS },
      open_alarms: ({ find }) => {
        const items = ALARMS.filter(({ title }) => title.toLowerCase().includes(find.toLowerCase()));
        return { items, count: items.length, more: false };
      },
      senders: { items: INBOX },
      inbox: { items: INBOX, more: false },
      conversation: { items: CONVERSATION, more: true, whose: null },
      routes: {
        items: [
          { ...ROUTES[0], signal: signal(), traffic: traffic({ waiting: 1 }) },
          { ...ROUTES[1], signal: [], traffic: traffic({ left: 2, accepted: 1, received: 0 }) },
          {
            ...ROUTES[2],
            signal: [],
            traffic: traffic({
              left: 0,
              accepted: 0,
              failed: 4,
              received: 0,
              last_delivery: at(-30 * HOUR),
              last_error: {
                at: at(-12 * MINUTE),
                error_class: "account",
                code: "HTTP 402",
                reason: "the account has no credit left",
              },
            }),
          },
        ],
      },
      people: {
        ...roster,
        tests: {
          anna: [
            {
              message: "t1",
              channel: "sms",
              route: "modem_3809",
              started_at: at(-50 * HOUR),
              accepted_at: at(-50 * HOUR),
              delivered_at: at(-50 * HOUR),
              answered_at: at(-49 * HOUR),
            },
            {
              message: "t1c",
              channel: "call",
              route: null,
              started_at: at(-50 * HOUR),
              accepted_at: null,
              delivered_at: null,
              answered_at: at(-49 * HOUR),
            },
          ],
          chiara: [
            {
              message: "t2",
              channel: "sms",
              route: "modem_3809",
              started_at: at(-50 * HOUR),
              accepted_at: at(-50 * HOUR),
              delivered_at: at(-50 * HOUR),
              answered_at: null,
            },
          ],
        },
      },
      dry_run: DRY_RUN,
      acknowledge: verdict,
      acknowledge_all: { verdict: "applied", count: 2 },
      unacknowledge: verdict,
      shelve: verdict,
      unshelve: verdict,
      close: verdict,
      reply: { verdict: "applied", messages: ["m10"] },
      send: { verdict: "applied", messages: ["m10"] },
      test_person: { channels: ["sms"], messages: ["t3"] },
      cancel_message: { verdict: "applied" },
    }),
  };
}

function quiet() {
  const scene = busy();
  Object.assign(scene.overview, { open: 0, unacknowledged: 0, alarms: [], queue: 0 });
  return scene;
}

/** A user who may only look. */
function guest() {
  const scene = busy();
  scene.overview.user = { is_admin: false, may_act: false };
  return scene;
}

const SCRIPT = `<img src=x onerror="globalThis.hacked = true"><script>globalThis.hacked = true</script>`;

/** Everybody who can write to the gateway tries to run something here. */
function hostile() {
  const scene = busy();
  scene.overview.alarms = [
    alarm({
      id: "x",
      title: SCRIPT,
      text: SCRIPT,
      source: SCRIPT,
      key: SCRIPT,
      url: "javascript:globalThis.hacked=true",
      labels: { [SCRIPT]: SCRIPT },
      acked_by: SCRIPT,
    }),
  ];
  scene.overview.open = 1;
  const attacker = person({ name: SCRIPT, addresses: [{ channel: "sms", value: SCRIPT }] });
  scene.overview.roster.people[0] = attacker;
  scene.answers.people.people[0] = attacker;
  scene.answers.messages = { items: [message({ text: SCRIPT, name: SCRIPT, reason: SCRIPT })], more: false };
  scene.answers.inbox = { items: [inbound({ text: SCRIPT })], more: false };
  scene.answers.senders = { items: [inbound({ text: SCRIPT })] };
  scene.answers.conversation = {
    items: [{ id: "i1", at: at(0), inbound: inbound({ text: SCRIPT }), message: null }],
    more: false,
  };
  scene.answers.dry_run = {
    ...DRY_RUN,
    answer: SCRIPT,
    deeds: [{ ...DRY_RUN.deeds[1], text: SCRIPT, name: SCRIPT }],
  };
  return scene;
}

function stopped() {
  const scene = busy();
  scene.overview = { state: "stopped" };
  return scene;
}

const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ".repeat(6).trim();

/** Far more of everything than anybody reads, and words without end. */
function storm() {
  const scene = busy();
  const all = Array.from({ length: 1000 }, (_, number) =>
    alarm({ id: `s${number}`, code: String(1000 + number), title: `Fan ${number}`, text: number ? "" : LONG }),
  );
  Object.assign(scene.overview, { open: 1000, unacknowledged: 1000, alarms: all.slice(0, 100) });
  scene.overview.roster.people[0] = person({ name: LONG });
  scene.answers.people.people[0] = person({ name: LONG, on_call: ["rota"], locked_out_until: at(HOUR) });
  scene.overview.routes[0].title = LONG;
  scene.overview.routes[2].reason = LONG;
  scene.answers.senders.items[1].text = LONG;
  scene.answers.inbox.items[1].text = LONG;
  scene.answers.conversation.items[1].inbound.text = LONG;
  scene.answers.open_alarms = ({ find, limit }) => {
    const found = all.filter(({ title }) => title.includes(find));
    return { items: found.slice(0, limit), count: found.length, more: found.length > limit };
  };
  const sent = Array.from({ length: 10_000 }, (_, number) =>
    message({ uid: `m${number}`, text: `Message ${number}`, name: number % 7 ? "Anna" : LONG }),
  );
  scene.answers.messages = ({ before, limit }) => {
    const from = before ? sent.findIndex(({ uid }) => uid === before) + 1 : 0;
    return { items: sent.slice(from, from + limit), more: from + limit < sent.length };
  };
  scene.sent = sent;
  return scene;
}

/** Nothing is set up but the hub itself. */
function empty() {
  const scene = quiet();
  Object.assign(scene.overview, { roster: { ...roster, people: [], names: [] }, routes: [] });
  Object.assign(scene.answers, {
    alarms: { items: [], more: false },
    messages: { items: [], more: false },
    inbox: { items: [], more: false },
    senders: { items: [] },
    routes: { items: [] },
    people: { ...roster, people: [], names: [], tests: {} },
  });
  return scene;
}

export const SCENES = { busy, quiet, guest, hostile, stopped, storm, empty };
