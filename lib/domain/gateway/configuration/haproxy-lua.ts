/** The action of docs/gateways/haproxy.md, the same for every service: asks Countersign, and answers when the answer is no. */
export const haproxyLua = String.raw`-- Asks Countersign whether a request may pass. In a backend: http-request lua.countersign SERVICE ADDRESS

local asked_within_ms = 2000

-- Of this hop, or of a body that does not go along. Everything else is Countersign's to judge.
local left_out = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["http2-settings"] = true,
  ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true,
  ["transfer-encoding"] = true, ["upgrade"] = true,
}

-- The value of a header that came in exactly one line.
local function only(headers, name)
  local values = headers and headers[name]
  return values and values[1] == nil and values[0] or nil
end

-- A body has a length or comes in chunks; any word but 0 says that there is one.
local function describe_body(headers)
  return headers["transfer-encoding"] and "chunked" or only(headers, "content-length") or ""
end

local function describe_request(txn)
  local client = txn.http:req_get_headers()
  local asked = {}
  for name, values in pairs(client) do
    if not left_out[name] then
      asked[name] = {}
      for line = 0, #values do table.insert(asked[name], values[line]) end
    end
  end
  asked["x-original-method"] = { txn.sf:method() }
  asked["x-original-uri"] = { txn.sf:url() }
  asked["x-original-host"] = { txn.sf:req_fhdr("host") }
  asked["x-original-content-length"] = { describe_body(client) }
  asked["x-original-address"] = { txn.sf:src() }
  return asked
end

-- The verification service's own words.
local function deny(txn, answer, problem)
  local reply = txn:reply{ status = answer.status, body = answer.body }
  reply:add_header("Content-Type", "application/problem+json")
  reply:add_header("Cache-Control", "no-store")
  reply:add_header("Countersign-Problem", problem)
  if answer.status == 401 then reply:add_header("WWW-Authenticate", "Countersign") end
  local accepted = only(answer.headers, "accept-signature")
  if accepted then reply:add_header("Accept-Signature", accepted) end
  txn:done(reply)
end

-- Yes is 200 with an assertion, and nothing else; only then are there variables for the backend's rules to find.
core.register_action("countersign", { "http-req" }, function(txn, service, address)
  local answer = core.httpclient():get{
    url = "http://countersign/api/v1/authz/haproxy/" .. service,
    dst = address,
    headers = describe_request(txn),
    timeout = asked_within_ms,
  }
  if not answer then return end
  local problem = only(answer.headers, "countersign-problem")
  if (answer.status == 401 or answer.status == 403) and problem then return deny(txn, answer, problem) end
  local assertion = only(answer.headers, "countersign-assertion") or ""
  if answer.status ~= 200 or not assertion:match("^[%w_-]+%.[%w_-]+%.[%w_-]+$") then return end
  for _, name in ipairs{ "assertion", "machine", "decision" } do
    local value = only(answer.headers, "countersign-" .. name)
    if value then txn:set_var("txn.countersign_" .. name, value) end
  end
end, 2)
`
