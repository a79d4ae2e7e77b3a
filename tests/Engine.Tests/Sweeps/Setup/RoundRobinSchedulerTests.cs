using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps.Setup;

public class RoundRobinSchedulerTests
{
    [Fact]
    public async Task WaitForTurnAsync_SeveralSweeps_WorkOneAtATimeInTheirOrder()
    {
        var turns = new RoundRobinScheduler();
        var places = Enumerable.Range(0, 3).Select(_ => turns.Join()).ToList();
        var order = new List<int>();
        var working = 0;
        async Task RunAsync(int number, int steps)
        {
            using var place = places[number];
            for (var i = 0; i < steps; i++)
            {
                await place.WaitForTurnAsync(TestContext.Current.CancellationToken);
                Assert.Equal(1, Interlocked.Increment(ref working));
                order.Add(number);
                await Task.Yield();
                Interlocked.Decrement(ref working);
            }
        }
        await Task.WhenAll(Task.Run(() => RunAsync(2, 2)), Task.Run(() => RunAsync(0, 3)), Task.Run(() => RunAsync(1, 1)));
        Assert.Equal([0, 1, 2, 0, 2, 0], order);
    }

    [Fact]
    public async Task Dispose_OneThatLeavesEarly_DelaysNoOther()
    {
        var turns = new RoundRobinScheduler();
        using var first = turns.Join();
        var second = turns.Join();
        second.Dispose();
        await first.WaitForTurnAsync(TestContext.Current.CancellationToken);
        await first.WaitForTurnAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WaitForTurnAsync_Cancelled_EndsTheWait()
    {
        var turns = new RoundRobinScheduler();
        using var first = turns.Join();
        using var second = turns.Join();
        await first.WaitForTurnAsync(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var waiting = second.WaitForTurnAsync(stop.Token);
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
