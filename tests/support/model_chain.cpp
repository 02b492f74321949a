#include "support/model_chain.hpp"

namespace custodialbridge::testing {

Address address(std::uint64_t number) {
    Address made;
    made.bytes[0] = 0xad;  // never the zero address
    for (std::size_t i = 0; i < 8; ++i)
        made.bytes[19 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return made;
}

Hash32 hash_of_text(const std::string& text) {
    return keccak256(std::string_view(text));
}

const ModelBlock* ModelChain::at(std::uint64_t number) const {
    if (number < first() || number > height()) return nullptr;
    return canonical_[number - first()].get();
}

const ModelBlock* ModelChain::ever(const Hash32& hash) const {
    const auto found = all_.find(hash);
    return found == all_.end() ? nullptr : found->second.get();
}

bool ModelChain::is_canonical(const BlockRef& block) const {
    const ModelBlock* held = at(block.number.value);
    return held != nullptr && held->header.ref == block;
}

U256 ModelChain::balance(const Address& contract, const Address& holder) const {
    return balance_in(head().state, contract, holder);
}

U256 ModelChain::balance_in(const ModelState& state, const Address& contract,
                            const Address& holder) {
    const auto found = state.find({contract, holder});
    return found == state.end() ? U256(0) : found->second;
}

U256 ModelChain::holding_in(const ModelNfts& nfts, const Address& contract, const Address& holder,
                            const U256& id) {
    const auto found = nfts.find({contract, holder, id});
    return found == nfts.end() ? U256(0) : found->second;
}

const ModelBlock& ModelChain::mine(const std::vector<ModelMove>& moves) {
    ModelBlock block;
    const BlockHeader& parent = head().header;
    block.header.parent = parent.ref.hash;
    block.header.timestamp = parent.timestamp + kBlockTime;
    block.header.ref.number = next(parent.ref.number);
    block.header.ref.hash = hash_of_text(to_string(parent.ref.hash) + std::to_string(++made_));
    block.state = head().state;
    block.nfts = head().nfts;
    for (std::size_t i = 0; i < moves.size(); ++i) play(block, moves[i], i);
    for (const ModelMove& move : moves)
        block.parties.insert(block.parties.end(), {move.from, move.contract});
    if (seal) seal(block);
    return keep(std::move(block));
}

void ModelChain::seal_first() {
    if (canonical_.size() != 1) throw std::logic_error("others stand on the first block");
    ModelBlock first = *canonical_.front();
    canonical_.clear();
    all_.clear();
    seal(first);
    keep(std::move(first));
}

void ModelChain::mine_empty(std::uint64_t blocks) {
    for (std::uint64_t i = 0; i < blocks; ++i) mine();
}

void ModelChain::drop(std::uint64_t blocks) {
    if (blocks >= canonical_.size()) throw std::logic_error("the genesis block stays");
    canonical_.resize(canonical_.size() - blocks);
}

void ModelChain::add_log(ModelBlock& block, const Address& contract,
                         const std::vector<Hash32>& topics, const std::vector<std::uint8_t>& data,
                         std::size_t transaction) {
    Log log;
    log.block = block.header.ref;
    log.tx_index = static_cast<std::uint32_t>(transaction);
    log.tx_hash =
        hash_of_text(to_string(block.header.ref.hash) + "tx" + std::to_string(transaction));
    log.log_index = static_cast<std::uint32_t>(block.logs.logs.size());
    log.address = contract;
    log.topic_count = static_cast<std::uint8_t>(topics.size());
    std::copy(topics.begin(), topics.end(), log.topics.begin());
    log.data_offset = static_cast<std::uint32_t>(block.logs.data.size());
    log.data_size = static_cast<std::uint32_t>(data.size());
    block.logs.data.insert(block.logs.data.end(), data.begin(), data.end());
    block.logs.logs.push_back(log);
    rules::bloom_add(block.header.logs_bloom, contract.bytes);
    for (const Hash32& topic : topics) rules::bloom_add(block.header.logs_bloom, topic.bytes);
}

std::vector<std::uint8_t> ModelChain::word(const U256& amount) {
    std::vector<std::uint8_t> bytes(32);
    u256_to_be(amount, std::span<std::uint8_t, 32>(bytes.data(), 32));
    return bytes;
}

void ModelChain::play(ModelBlock& block, const ModelMove& move, std::size_t transaction) {
    if (!move.from.is_zero()) {
        U256& held = block.state[{move.contract, move.from}];
        if (held < move.amount) throw std::logic_error("the model chain's holder has too little");
        held -= move.amount;
    }
    if (!move.to.is_zero()) block.state[{move.contract, move.to}] += move.amount;
    if (move.nft_id) return play_nft(block, move, transaction);
    const bool notice = move.from.is_zero() || move.to.is_zero();
    if (notice && (move.told == Told::by_both || move.told == Told::by_notice_alone)) {
        const bool mint = move.from.is_zero();
        add_log(
            block, move.contract,
            {mint ? rules::mint_topic() : rules::burn_topic(), to_word(mint ? move.to : move.from)},
            word(move.amount), transaction);
    }
    if (move.told == Told::by_another_event)
        add_log(block, move.contract,
                {keccak256("Changed(address,address)"), to_word(move.from), to_word(move.to)}, {},
                transaction);
    if (move.told == Told::by_transfer || move.told == Told::by_both)
        add_log(block, move.contract,
                {rules::transfer_topic(), to_word(move.from), to_word(move.to)}, word(move.amount),
                transaction);
}

void ModelChain::play_nft(ModelBlock& block, const ModelMove& move, std::size_t transaction) {
    const U256& id = *move.nft_id;
    if (!move.from.is_zero()) block.nfts[{move.contract, move.from, id}] -= move.amount;
    if (!move.to.is_zero()) block.nfts[{move.contract, move.to, id}] += move.amount;
    if (move.told != Told::by_transfer) return;
    if (!move.of_many)
        return add_log(block, move.contract,
                       {rules::transfer_topic(), to_word(move.from), to_word(move.to), hash_of(id)},
                       {}, transaction);
    auto data = word(id);
    const auto amount = word(move.amount);
    data.insert(data.end(), amount.begin(), amount.end());
    add_log(
        block, move.contract,
        {rules::transfer_single_topic(), to_word(move.from), to_word(move.from), to_word(move.to)},
        data, transaction);
}

Hash32 ModelChain::hash_of(const U256& number) {
    Hash32 hash;
    u256_to_be(number, hash.bytes);
    return hash;
}

const ModelBlock& ModelChain::keep(ModelBlock block) {
    auto kept = std::make_shared<const ModelBlock>(std::move(block));
    all_[kept->header.ref.hash] = kept;
    canonical_.push_back(kept);
    return *kept;
}

}  // namespace custodialbridge::testing
