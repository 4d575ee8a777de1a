/** Every file that the setup writes, word for word. */

/** V8 grows its heap with the traffic, and never gives it back: on a hypervisor it may not. */
export const memoryFlags = ["--max-semi-space-size=1", "--max-old-space-size=64"] as const;
