using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Tests;

public sealed class FairQueueTests
{
    [Fact]
    public void Clients_TakeTurns_AndKeepTheirOrder()
    {
        var queue = new FairQueue<string>();
        foreach (var item in (string[])["a1", "a2", "a3", "b1", "c1", "b2"])
            Assert.True(queue.TryAdd(item[..1], item));
        queue.Complete();

        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3"], TakeAll(queue));
    }

    [Fact]
    public void Client_ThatComesBack_WaitsBehindTheOthers()
    {
        var queue = new FairQueue<string>();
        queue.TryAdd("a", "a1");
        queue.TryAdd("b", "b1");
        Assert.True(queue.TryTake(out var first));
        queue.TryAdd("a", "a2");
        queue.Complete();

        Assert.Equal("a1", first);
        Assert.Equal(["b1", "a2"], TakeAll(queue));
    }

    [Fact]
    public void ClientWithManyItems_IsLimited_AndOthersAreNot()
    {
        var queue = new FairQueue<string>();
        Assert.True(queue.TryAdd("a", "a1", limit: 1));
        Assert.False(queue.TryAdd("a", "a2", limit: 1));
        Assert.True(queue.TryAdd("b", "b1", limit: 1));
        Assert.True(queue.TryTake(out _));
        Assert.True(queue.TryAdd("a", "a3", limit: 1));
    }

    [Fact]
    public void RemovedItem_IsNotTaken_AndItsClientLosesItsTurn()
    {
        var queue = new FairQueue<string>();
        foreach (var item in (string[])["a1", "b1", "b2"])
            queue.TryAdd(item[..1], item);

        Assert.True(queue.Remove("a", "a1"));
        Assert.False(queue.Remove("a", "a1"));
        Assert.False(queue.Remove("c", "c1"));
        Assert.True(queue.Remove("b", "b2"));
        queue.Complete();
        Assert.Equal(["b1"], TakeAll(queue));
    }

    [Fact]
    public void CompleteQueue_TakesNothing_AndEndsForEveryCall()
    {
        var queue = new FairQueue<string>();
        queue.Complete();
        queue.Complete();
        Assert.False(queue.TryAdd("a", "a1"));
        Assert.False(queue.TryTake(out _));
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public async Task Items_OfManyClients_AreAllTakenOnce()
    {
        var queue = new FairQueue<string>();
        const int Clients = 8, Each = 500;
        var adding = Enumerable.Range(0, Clients).Select(client => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
                queue.TryAdd($"{client % 3}", $"{client * Each + i}");
        })).ToList();
        var taking = Task.Run(() => TakeAll(queue));
        await Task.WhenAll(adding);
        queue.Complete();

        Assert.Equal(Enumerable.Range(0, Clients * Each), (await taking).Select(int.Parse).Order());
    }

    private static List<T> TakeAll<T>(FairQueue<T> queue)
        where T : class
    {
        var all = new List<T>();
        while (queue.TryTake(out var item))
            all.Add(item);
        return all;
    }
}
