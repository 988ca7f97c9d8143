// Signs a token with ES256 and checks it, as a service that hands tokens out would; and
// encrypts one.
import { CompactEncrypt, compactDecrypt, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from "jose";

export default async (msg) => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const token = await new SignJWT({ name: msg.json().name })
    .setProtectedHeader({ alg: "ES256" }).setIssuer("isolane").setExpirationTime("1h").sign(privateKey);
  const key = await importJWK(await exportJWK(publicKey), "ES256");
  const { payload } = await jwtVerify(token, key, { issuer: "isolane" });
  const refused = await jwtVerify(token.slice(0, -4) + "AAAA", key).then(() => "taken", (e) => e.code);
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const sealed = await new CompactEncrypt(new TextEncoder().encode("hush")).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(secret);
  const { plaintext } = await compactDecrypt(sealed, secret);
  return { name: payload.name, refused, plaintext: new TextDecoder().decode(plaintext) };
};
