/** Resumable uploads (tus 1.0.0): pieces with a checksum each, and after a broken connection on from where the node stands. */
import { Refused, Unreachable, type Api } from './api.ts'
import { base64, utf8, type Bytes } from './bytes.ts'
import type { Json } from './canonical.ts'

/** Bytes of one request: a slow phone sends them within its time. */
const PIECE = 2 * 2 ** 20
const TRIES = 10
const PROTOCOL = { 'Tus-Resumable': '1.0.0' }

/** An upload as the node has it. */
export interface Uploaded {
  readonly id: string
  readonly status: 'open' | 'held' | 'refused'
  readonly type: string
  readonly name: string
  readonly length: number
  readonly offset: number
  readonly sha256: string | null
  readonly measured: Readonly<Record<string, Json>> | null
  readonly refused: { readonly code: string; readonly message: string } | null
}

export interface Sending {
  readonly type: string
  readonly name: string
  /** An upload of the same bytes that was begun before. */
  readonly begun?: string | undefined
  /** Called with the upload's id as soon as there is one, so that it can be gone on with. */
  readonly keep?: (id: string) => Promise<void>
  readonly tell?: (sent: number) => void
  readonly pause?: (tries: number) => Promise<void>
}

/** Send bytes and return the upload; what the node refuses about them stands in `refused`. Throws Refused, Unreachable. */
export async function upload(api: Api, data: Blob, how: Sending): Promise<Uploaded> {
  const id = (await standing(api, how.begun, data.size)) ?? (await begin(api, data, how))
  let [at, tries] = [-1, 0]
  while (at < data.size) {
    try {
      at = at < 0 ? await offset(api, id) : await send(api, id, data, at)
      tries = 0
      how.tell?.(at)
    } catch (error) {
      if (error instanceof Refused && (error.code === 'upload_gone' || error.status === 422 || error.status === 400)) break
      const passing = error instanceof Unreachable || (error instanceof Refused && (error.passing || ['in_use', 'wrong_offset', 'wrong_checksum'].includes(error.code)))
      if (!passing || ++tries > TRIES) throw error
      await (how.pause ?? later)(tries)
      at = -1
    }
  }
  return api.get<Uploaded>(`/v1/uploads/${id}`)
}

async function standing(api: Api, id: string | undefined, size: number): Promise<string | undefined> {
  if (!id) return undefined
  const known = await api.get<Uploaded>(`/v1/uploads/${id}`).catch((error) => {
    if (error instanceof Refused && error.status === 404) return undefined
    throw error
  })
  return known && known.length === size && known.status !== 'refused' ? id : undefined
}

async function begin(api: Api, data: Blob, how: Sending): Promise<string> {
  const said = [['filename', how.name], ['filetype', how.type]].filter(([, value]) => value)
  const metadata = said.map(([key, value]) => `${key} ${base64(utf8(value!))}`).join(',')
  const answer = await api.send('POST', '/v1/uploads', { headers: { ...PROTOCOL, 'Upload-Length': String(data.size), 'Upload-Metadata': metadata } })
  const { id } = (await answer.json()) as { id: string }
  await how.keep?.(id)
  return id
}

async function offset(api: Api, id: string): Promise<number> {
  const answer = await api.send('HEAD', `/v1/uploads/${id}`, { headers: PROTOCOL })
  return Number(answer.headers.get('Upload-Offset'))
}

async function send(api: Api, id: string, data: Blob, at: number): Promise<number> {
  const piece = new Uint8Array(await data.slice(at, at + PIECE).arrayBuffer()) as Bytes
  const sum = base64(new Uint8Array(await crypto.subtle.digest('SHA-256', piece)))
  const answer = await api.send('PATCH', `/v1/uploads/${id}`, {
    headers: { ...PROTOCOL, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(at), 'Upload-Checksum': `sha256 ${sum}` },
    body: piece,
  })
  return Number(answer.headers.get('Upload-Offset'))
}

const later = (tries: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.min(5000, 100 * 2 ** tries)))
