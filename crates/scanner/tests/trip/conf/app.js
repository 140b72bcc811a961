const express = require("express");
const session = require("express-session");
const app = express();
// app
app.disable("x-powered-by");
// before the routes
app.use((req, res, next) => req.secure ? next() : res.redirect(301, `https://${req.hostname}${req.originalUrl}`));
app.use((req, res, next) => { res.setHeader("Strict-Transport-Security", "max-age=31536000"); next(); });
app.use((req, res, next) => { res.setHeader("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"); next(); });
app.use((req, res, next) => { res.setHeader("X-Content-Type-Options", "nosniff"); next(); });
app.use((req, res, next) => { res.setHeader("Referrer-Policy", "same-origin"); next(); });
app.use((req, res, next) => req.hostname === "www.@HOST@" ? res.redirect(301, `https://@HOST@${req.originalUrl}`) : next());
app.use("/api", (req, res, next) => { res.setHeader("Cache-Control", "no-store"); next(); });
app.use(require("compression")());
app.use(session({ name: "session", secret: "lab", resave: false, saveUninitialized: true, cookie: { secure: true, sameSite: "lax" } }));
// static
app.use("/assets", express.static("dist/assets", { immutable: true, maxAge: "1y" }));
app.use("/.well-known", express.static("public/.well-known", { dotfiles: "allow" }));
app.use(express.static("public"));
app.get("/login", (req, res) => res.send("<!doctype html><title>Sign in</title><form></form>"));
app.get("/api", (req, res) => res.json({ version: 1 }));
app.get("/health", (req, res) => res.set("Cache-Control", "no-store").json({ status: "pass", version: "3f9c1b2", checks: { database: "pass" } }));

const fs = require("fs");
const keys = { cert: fs.readFileSync("cert.pem"), key: fs.readFileSync("key.pem") };
require("http").createServer(app).listen(80, "@IP@");
require("https").createServer(keys, app).listen(443, "@IP@");
