// A message centre on the npm package `smpp`. It obeys lines of JSON on stdin and tells what happens on stdout.
"use strict";
const fs = require("fs");
const readline = require("readline");
const smpp = require("smpp");

const [password, certificate, key] = process.argv.slice(2);
const options = certificate ? { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) } : {};
const waiting = new Map();
let last = null;

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const server = smpp.createServer(options, (session) => {
  session.on("bind_transceiver", (pdu) => {
    if (pdu.password !== password) {
      session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      return;
    }
    last = session;
    session.send(pdu.response({ system_id: "node" }));
    tell({ event: "bound", system_id: pdu.system_id });
  });
  session.on("submit_sm", (pdu) => {
    waiting.set(pdu.sequence_number, { session, pdu });
    const message = pdu.short_message || {};
    const udh = message.udh ? Buffer.concat(message.udh.map((e) => e)) : Buffer.alloc(0);
    tell({
      event: "submit",
      key: pdu.sequence_number,
      source: pdu.source_addr,
      destination: pdu.destination_addr,
      esm_class: pdu.esm_class,
      data_coding: pdu.data_coding,
      registered_delivery: pdu.registered_delivery,
      header: udh.toString("hex"),
      text: typeof message.message === "string" ? message.message : undefined,
      octets: Buffer.isBuffer(message.message) ? message.message.toString("hex") : undefined,
    });
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => session.send(pdu.response()));
  session.on("error", () => {});
});
server.on("error", () => {});
server.on("tlsClientError", () => {});

const orders = {
  accept: ({ key: number, message_id }) => {
    const { session, pdu } = waiting.get(number);
    session.send(pdu.response({ message_id }));
  },
  refuse: ({ key: number, status }) => {
    const { session, pdu } = waiting.get(number);
    session.send(pdu.response({ command_status: status }));
  },
  deliver: (order) =>
    last.deliver_sm(
      {
        source_addr: order.source,
        source_addr_ton: 1,
        source_addr_npi: 1,
        destination_addr: "43123",
        esm_class: order.esm_class,
        data_coding: order.data_coding,
        short_message: Buffer.from(order.octets, "hex"),
        ...(order.message_id ? { receipted_message_id: order.message_id, message_state: order.state } : {}),
      },
      (answer) => tell({ event: "answered", status: answer.command_status }),
    ),
  drop: () => last.destroy(),
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  orders[order.do](order);
});
process.stdin.on("end", () => process.exit(0));
server.listen(0, "127.0.0.1", () => tell({ event: "listening", port: server.address().port }));
