// The peer of the shared folder, with what our tests want to do besides: see Interop tests.
// Input and output are one JSON object a line: {"id":1,"op":"echo",...} -> {"id":1,"ok":...}.
import readline from 'node:readline'
import { createHash } from 'node:crypto'
import { mk, conn } from './node.mjs'
import { yamux } from '@libp2p/yamux'
import { mplex } from '@libp2p/mplex'
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'

const options = JSON.parse(process.argv[2] ?? '{}')
const out = x => process.stdout.write(JSON.stringify(x) + '\n')
const limit = ms => ({ signal: AbortSignal.timeout(ms ?? 30000) })
const host = await mk({
  listen: options.listen,
  transports: options.transports,
  sec: options.sec,
  // Its default for mplex ends a connection that opens five streams in a second.
  streamMuxers: options.mux.map(m => ({ yamux: yamux(), mplex: mplex({ disconnectThreshold: 10000 }) })[m]),
  connectionManager: { inboundConnectionThreshold: Infinity, maxIncomingPendingConnections: 100 }
})
const wide = { runOnLimitedConnection: true, maxInboundStreams: 2000, maxOutboundStreams: 2000 }

// Echo with back-pressure; ends its side when the other has.
await host.handle('/echo/1.0.0', async s => {
  try {
    for await (const data of s) if (!s.send(data)) await s.onDrain()
    await s.close()
  } catch { /* reset by the test */ }
}, wide)
// Never reads.
await host.handle('/mute/1.0.0', s => { s.pause?.() }, wide)
// Resets as soon as something arrives.
await host.handle('/reset/1.0.0', s => { s.addEventListener('message', () => s.abort(new Error('as asked'))) }, wide)
// Says one thing, ends its side, then reads on and tells what came.
const heard = []
await host.handle('/half/1.0.0', async s => {
  s.send(new TextEncoder().encode('hello'))
  await s.close()
}, wide)
await host.handle('/listen/1.0.0', async s => {
  let text = ''
  try { for await (const d of s) text += new TextDecoder().decode(d.subarray()) } catch { text += '!reset' }
  heard.push(text)
  s.send(new TextEncoder().encode('heard ' + text.length))
  await s.close()
}, wide)

async function echo (m) {
  const s = await host.dialProtocol(multiaddr(m.addr), m.proto ?? '/echo/1.0.0', { ...limit(m.ms), ...wide })
  const sent = createHash('sha256'), back = createHash('sha256')
  let got = 0
  // Without checks: as fast as it goes, for a benchmark.
  const check = !m.unchecked
  const done = (async () => {
    for await (const d of s) {
      got += d.byteLength
      if (check) back.update(d.subarray())
    }
  })()
  const t0 = performance.now()
  const chunk = new Uint8Array(m.chunk ?? 32768)
  for (let at = 0; at < m.size; at += chunk.length) {
    for (let i = 0; check && i < chunk.length; i += 512) chunk[i] = (at / 512 + i) & 255
    const part = chunk.slice(0, Math.min(chunk.length, m.size - at))
    if (check) sent.update(part)
    if (!s.send(part)) await s.onDrain(limit(m.ms))
  }
  await s.close()
  await done
  const ms = performance.now() - t0
  return { got, same: sent.digest('hex') === back.digest('hex'), ms: Math.round(ms) }
}

const operations = {
  ping: m => host.services.ping.ping(multiaddr(m.addr), limit(m.ms)),
  dial: async m => {
    const c = await host.dial(multiaddr(m.addr), limit(m.ms))
    return { peer: String(c.remotePeer), enc: c.encryption ?? '', mux: c.multiplexer ?? '' }
  },
  conns: async () => conn(host),
  peer: async m => {
    const p = await host.peerStore.get(peerIdFromString(m.peer))
    const text = k => new TextDecoder().decode(p.metadata.get(k) ?? new Uint8Array())
    return { protocols: p.protocols, agent: text('AgentVersion'), addresses: p.addresses.map(a => String(a.multiaddr)) }
  },
  echo,
  echoMany: async m => (await Promise.all(Array.from({ length: m.streams }, () => echo(m)))).filter(r => r.same && r.got === m.size).length,
  resetOne: async m => {
    const s = await host.dialProtocol(multiaddr(m.addr), m.proto, limit(m.ms))
    s.send(new Uint8Array(10))
    s.abort(new Error('as asked'))
    return true
  },
  expectReset: async m => {
    const s = await host.dialProtocol(multiaddr(m.addr), m.proto, limit(m.ms))
    const end = new Promise(resolve => s.addEventListener('close', e => resolve(e.error?.name ?? 'closed')))
    // js takes a reset of QUIC for a plain end; only writing on shows that it was none.
    s.addEventListener('remoteCloseWrite', () => { try { s.send(new Uint8Array(10)) } catch { /* closed by now */ } })
    s.send(new Uint8Array(10))
    return await end
  },
  listen: async m => {
    const s = await host.dialProtocol(multiaddr(m.addr), m.proto, limit(m.ms))
    let text = ''
    const done = (async () => { for await (const d of s) text += new TextDecoder().decode(d.subarray()) })()
    if (m.say) s.send(new TextEncoder().encode(m.say))
    await s.close()
    await done
    return text
  },
  waitGone: async m => {
    for (let i = 0; i < 500; i++) {
      if (!conn(host).some(c => c.includes(m.peer))) return true
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    return conn(host)
  },
  heard: async () => heard,
  hangUp: async () => { for (const c of host.getConnections()) c.abort(new Error('as asked')); return true }
}
out({ ev: 'ready', peer: String(host.peerId), addrs: host.getMultiaddrs().map(String) })
readline.createInterface({ input: process.stdin })
  .on('line', async line => {
    let m
    try {
      m = JSON.parse(line)
      out({ id: m.id, ok: await operations[m.op](m) })
    } catch (e) { out({ id: m?.id, err: String(e?.stack ?? e) }) }
  })
  .on('close', () => process.exit(0))
