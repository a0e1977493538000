// The node's policy allows script addresses only from this one place.
interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}
interface Factory {
  createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
}

let policy: ScriptUrlPolicy | undefined;

/** The address of a worker of this app, in the form in which `new Worker` may take it. */
export function workerUrl(url: URL): string {
  if (policy === undefined) {
    const rules: ScriptUrlPolicy = {
      createScriptURL(text) {
        if (new URL(text, location.href).origin !== location.origin) {
          throw new TypeError('Workers come from this origin only.');
        }
        return text;
      },
    };
    const { trustedTypes } = globalThis as { trustedTypes?: Factory };
    policy = trustedTypes ? trustedTypes.createPolicy('snug', rules) : rules;
  }
  return policy.createScriptURL(url.href);
}
