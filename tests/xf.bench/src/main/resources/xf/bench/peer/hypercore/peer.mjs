// One of two Hypercore devices in two processes. Steps come in and figures go out as with
// xf.bench.Measurement: a step is a word and what it needs, a figure is a name and a number, and
// `done` ends a step. What the other device has to know is in the folder that both have in common.
//
// Bytes are those of the TCP socket, so encryption is in them. A turn is counted as ours are: this
// side sends after it has received.
import { randomFillSync } from 'node:crypto'
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { dirname, join } from 'node:path'
import readline from 'node:readline'
import { createGunzip } from 'node:zlib'
import SecretStream from '@hyperswarm/secret-stream'
import Hypercore from 'hypercore'

const PAYLOAD_BYTES = 256
const BATCH = 1000
const LOOK_MS = 1
const DEADLINE_MS = 240_000

const own = process.argv[2]
const shared = join(dirname(own), 'shared')
const now = () => performance.now()

let core = null
let live = null // the download that goes on as the core grows
let socket = null
let lastWasIn = false
let turns = 0
let before = traffic()

function connect (initiator, tcp) {
  socket = tcp
  tcp.setNoDelay(true)
  tcp.on('data', () => { lastWasIn = true })
  const write = tcp.write.bind(tcp)
  tcp.write = (...given) => {
    if (lastWasIn) turns++
    lastWasIn = false
    return write(...given)
  }
  const stream = new SecretStream(initiator, tcp)
  stream.on('error', () => {}) // the other device went on to a fresh one
  core.replicate(stream)
}

function traffic () {
  return { in: socket?.bytesRead ?? 0, out: socket?.bytesWritten ?? 0, turns }
}

async function until (what, holds) {
  const end = now() + DEADLINE_MS
  while (!holds()) {
    if (now() > end) throw new Error(what + ' did not come')
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}

const isThere = events => core.length >= events && core.contiguousLength >= events

function * payloads (events) {
  for (let i = 0; i < events; i++) yield randomFillSync(Buffer.allocUnsafe(PAYLOAD_BYTES))
}

function lines (file) {
  const plain = createReadStream(file)
  return readline.createInterface({ input: file.endsWith('.gz') ? plain.pipe(createGunzip()) : plain })
}

async function append (blocks) {
  let batch = []
  for await (const block of blocks) {
    batch.push(Buffer.from(block))
    if (batch.length === BATCH) await core.append(batch.splice(0))
  }
  if (batch.length > 0) await core.append(batch)
  return { 'fill.events': core.length }
}

async function close () {
  live?.destroy()
  socket?.destroy()
  await core?.close()
  core = live = socket = null
}

const steps = {
  async open (name) { // closes what is open; a fresh core in a folder of that name
    await close()
    mkdirSync(own, { recursive: true })
    const key = own.endsWith('to') ? readFileSync(join(shared, 'key')) : null
    core = new Hypercore(join(own, name), key)
    await core.ready()
    if (key === null) writeFileSync(join(shared, 'key'), core.key)
  },

  async listen () {
    const server = net.createServer(tcp => connect(false, tcp))
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    writeFileSync(join(shared, 'address'), String(server.address().port))
  },

  fill: events => append(payloads(Number(events))),
  file: file => append(lines(file)),

  async replicate (wanted) { // from the first word about the other device until all is stored
    const events = Number(wanted)
    const start = now()
    turns = 0
    connect(true, net.connect(Number(readFileSync(join(shared, 'address'))), '127.0.0.1'))
    live = core.download({ start: 0, end: -1 })
    await until(events + ' events', () => isThere(events))
    const seconds = (now() - start) / 1000
    const all = traffic()
    return { rate: events / seconds, 'wire.in': all.in / events, 'wire.out': all.out / events }
  },

  until: events => until(events + ' events', () => isThere(Number(events))),

  async quiet (ms) { // until nothing has moved for so long
    let last = traffic()
    let since = now()
    await until('quiet', () => {
      const current = traffic()
      if (current.in !== last.in || current.out !== last.out) {
        last = current
        since = now()
      }
      return now() - since > Number(ms)
    })
  },

  mark () {
    before = traffic()
    lastWasIn = true // what this side sends next begins a turn
  },

  traffic () {
    const after = traffic()
    return {
      'wire.in': after.in - before.in,
      'wire.out': after.out - before.out,
      turns: after.turns - before.turns
    }
  },

  async lose (holes) { // blocks as far apart as they can be; the tree over them stays
    live.destroy()
    for (const index of scattered(Number(holes))) await core.clear(index)
  },

  async read (holes) {
    await Promise.all(scattered(Number(holes)).map(index => core.get(index)))
  },

  memory: () => ({ 'rss.peak': process.resourceUsage().maxRSS / 1024 })
}

function scattered (holes) {
  const step = Math.floor(core.length / holes)
  return Array.from({ length: holes }, (_, i) => step * i + i)
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [step, rest] = line.split(/ (.*)/)
  const figures = await steps[step](rest) ?? {}
  for (const [name, value] of Object.entries(figures)) console.log(`figure ${name} ${value}`)
  console.log('done')
}
process.exit(0)
