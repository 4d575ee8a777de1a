"use strict";
// matrix-bot-sdk imports this module at start; the real one downloads a native binary from outside the npm registry.
// Nothing of it is instantiated without a crypto provider, so an empty module is enough until encrypted rooms arrive.
