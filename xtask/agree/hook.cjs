const dns = require('node:dns'); const ip = process.env.LAB_IP; const own = dns.lookup;
const lookup = (host, options, cb) => { if (typeof options === 'function') { cb = options; options = {}; } if (String(host).endsWith('.test')) { return process.nextTick(() => options && options.all ? cb(null, [{ address: ip, family: 4 }]) : cb(null, ip, 4)); } return own(host, options, cb); };
dns.lookup = lookup; dns.promises.lookup = async (h, o) => o && o.all ? [{address: ip, family: 4}] : { address: ip, family: 4 };
