import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getHFHubCachePath } from '@huggingface/hub';

/** Where the hub is, where its files are kept, and who asks: from the environment, by the names that Python's client uses. */
export interface HubSettings {
  /** HF_ENDPOINT, without a slash at its end. */
  readonly endpoint: string;
  /** HF_HUB_CACHE, or `hub` in HF_HOME, or ~/.cache/huggingface/hub. */
  readonly cache: string;
  /** HF_TOKEN, or what `hf auth login` wrote; null for nobody. */
  readonly token: string | null;
  /** HF_HUB_OFFLINE. */
  readonly offline: boolean;
  /** HF_HUB_DOWNLOAD_TIMEOUT: seconds without a byte after which a connection is given up. */
  readonly timeout: number;
}

export async function hubSettings(): Promise<HubSettings> {
  const { HF_ENDPOINT, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT } = process.env;
  const endpoint = (HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    throw new Error(`HF_ENDPOINT is ${endpoint}: it should be the address of a hub, such as https://huggingface.co.`);
  const timeout = Number(HF_HUB_DOWNLOAD_TIMEOUT || 30);
  if (!(timeout > 0)) throw new Error(`HF_HUB_DOWNLOAD_TIMEOUT is ${HF_HUB_DOWNLOAD_TIMEOUT}: it should be seconds.`);
  const offline = /^(1|on|yes|true)$/i.test(HF_HUB_OFFLINE ?? '');
  return { endpoint, cache: getHFHubCachePath(), token: await readToken(), offline, timeout };
}

async function readToken(): Promise<string | null> {
  const { HF_TOKEN, HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME } = process.env;
  const given = HF_TOKEN?.trim();
  if (given) return given;
  const home = HF_HOME ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  const kept = await readFile(HF_TOKEN_PATH ?? join(home, 'token'), 'utf8').catch(() => '');
  return kept.trim() || null;
}
