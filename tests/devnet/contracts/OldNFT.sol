// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A collection older than ERC-721: its Transfer indexes nothing.
contract OldNFT {
    event Transfer(address from, address to, uint256 id);

    mapping(address => uint256) public balanceOf;
    mapping(uint256 => address) public ownerOf;

    function mint(address to, uint256 id) external {
        require(ownerOf[id] == address(0), "there already");
        move(address(0), to, id);
    }

    function transfer(address to, uint256 id) external {
        require(ownerOf[id] == msg.sender, "not yours");
        balanceOf[msg.sender]--;
        move(msg.sender, to, id);
    }

    function move(address from, address to, uint256 id) private {
        ownerOf[id] = to;
        balanceOf[to]++;
        emit Transfer(from, to, id);
    }
}
