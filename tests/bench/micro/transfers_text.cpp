#include "transfers_text.hpp"

#include <random>
#include <vector>

#include "block_text.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "json_rpc.hpp"
#include "parse_chain.hpp"
#include "prepared_chain.hpp"

namespace custodialbridge::bench {

namespace {

Address token_address() { return wallet_address(kNobody); }

std::vector<Token> tokens() {
    Token token;
    token.chain = ChainId{1};
    token.id = TokenId{1};
    token.kind = TokenKind::erc20;
    token.address = token_address();
    token.realtime = true;
    return {token};
}

std::string make_answer() {
    std::mt19937_64 dice(1);
    const BlockText text(token_address());
    std::string logs, header;
    Hash32 parent;
    for (std::uint32_t number = 1; number <= kBlocks; ++number) {
        std::vector<Transfer> transfers(kTransfersPerBlock);
        for (std::uint32_t i = 0; i < kTransfersPerBlock; ++i) {
            const auto wallet = [&] { return static_cast<std::uint32_t>(dice() % kWallets); };
            transfers[i] = {number, i, wallet(), wallet(), Amount{dice()} << 10,
                            keccak256(std::to_string(number * 100 + i / kTransfersPerTransaction))};
        }
        parent = text.write({number, number, parent, {}, {}, {}, transfers}, header, logs);
    }
    logs.pop_back();
    return R"({"jsonrpc":"2.0","id":1,"result":[)" + logs + "]}";
}

LogBatch parse() {
    std::string body = logs_answer();
    const LogFilter filter = watchlist().filter();
    const rpc::LogChecks checks(filter, BlockNumber{1}, BlockNumber{kBlocks});
    LogBatch batch;
    const rpc::ResultReader reader = [&](std::size_t, rpc::JsonValue& value) -> Result<void> {
        CB_TRY(parsed, rpc::parse_logs(value, checks, rpc::LogShare::most));
        batch = std::move(parsed);
        return {};
    };
    rpc::read_answers(body, 1, 1, reader).value();
    return batch;
}

rules::Watchlist make_watchlist() {
    rules::Watchlist list(tokens());
    for (std::uint32_t wallet = 0; wallet < kWallets; ++wallet)
        list.add_wallet(wallet_address(wallet), WalletId{std::int64_t{wallet} + 1});
    return list;
}

}  // namespace

const std::string& logs_answer() {
    static const std::string answer = make_answer();
    return answer;
}

const LogBatch& logs_batch() {
    static const LogBatch batch = parse();
    return batch;
}

const rules::Watchlist& watchlist() {
    static const rules::Watchlist list = make_watchlist();
    return list;
}

}  // namespace custodialbridge::bench
