using MemoryWall.Sweeps.Conversations;

namespace MemoryWall.Engine.Tests.Sweeps.Conversations;

public sealed class TraceConversationsTests
{
    [Fact]
    public void Find_RequestThatBeginsWithTheWholeBlocksOfAnother_IsItsNextTurn()
    {
        var places = TraceConversations.Find([[0, 1, 2], [0, 3, 4], [0, 1, 5, 6], [0, 3, 7], [0, 1, 5, 8], [0, 9]]);

        Assert.Equal([(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (3, 1)], places.Select(place => (place.User, place.Turn)));
    }

    [Fact]
    public void Find_BlocksThatAllShare_MakeNoConversation() =>
        Assert.Equal([1, 2, 3], TraceConversations.Find([[0, 1], [0, 2], [0, 3]]).Select(place => place.User));

    [Fact]
    public void Add_Blocks_CountsTheTokensOfTheLongestEqualBeginning()
    {
        var known = new KnownBlocks(32);

        Assert.Equal(0, known.Add([0, 1, 2], 70));
        Assert.Equal(32, known.Add([0, 3], 64));
        Assert.Equal(64, known.Add([0, 1, 4], 96));
        // The last block was shorter, and of the same text.
        Assert.Equal(70, known.Add([0, 1, 2], 90));
        // The last token is always computed.
        Assert.Equal(89, known.Add([0, 1, 2], 90));
        // The same block after another beginning is another text.
        Assert.Equal(0, known.Add([1, 2], 64));
    }
}
