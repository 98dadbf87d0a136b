-- Asks for page after page of 100 locations, as a crawl does; BENCH_LOCATIONS says how many there are.
local offset = 0
local total = tonumber(os.getenv("BENCH_LOCATIONS"))
request = function()
   offset = (offset + 100) % total
   return wrk.format("GET", "/open/ocpi/2.2.1/locations?limit=100&offset=" .. offset)
end
