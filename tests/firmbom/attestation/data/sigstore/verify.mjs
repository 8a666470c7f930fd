// verify.mjs BUNDLE PUBLIC-KEY HINT: does Sigstore's own verifier accept the bundle with this key, which it calls HINT?
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';

const [bundle, key, hint] = process.argv.slice(2);
const nothing = { tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] };
const trust = toTrustMaterial(nothing, (asked) => {
  if (asked !== hint) throw new Error(`no key is called ${asked}`);
  return { publicKey: createPublicKey(readFileSync(key)), validFor: () => true };
});
const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0 };
new Verifier(trust, thresholds).verify(toSignedEntity(bundleFromJSON(JSON.parse(readFileSync(bundle, 'utf8')))));
