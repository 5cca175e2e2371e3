# Pairs of accounts with CooRTweet: LOG.csv OUT.csv WINDOW MIN_TOKENS THREADS; prints the seconds.
suppressPackageStartupMessages({library(data.table); library(CooRTweet)})
given <- commandArgs(trailingOnly = TRUE)
setDTthreads(as.integer(given[5]))
start <- proc.time()[["elapsed"]]
log <- fread(given[1])
found <- detect_groups(log, time_window = as.numeric(given[3]), min_participation = as.numeric(given[4]))
found[, c("p", "q") := .(as.integer(account_id), as.integer(account_id_y))]
pairs <- found[, .(weight = uniqueN(object_id)), by = .(a = pmin(p, q), b = pmax(p, q))]
pairs <- pairs[weight >= as.numeric(given[4])]
seconds <- proc.time()[["elapsed"]] - start
fwrite(pairs, given[2])
cat(seconds, "\n")
