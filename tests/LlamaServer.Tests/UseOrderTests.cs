using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

public sealed class UseOrderTests
{
    [Fact]
    public void Use_RandomNumbers_AsAListKeepsThem()
    {
        var (order, list, random) = (new UseOrder(20), new List<int>(), new Random(1));
        for (var i = 0; i < 5000; i++)
        {
            var number = random.Next(20);
            if (random.Next(3) == 0)
            {
                order.Remove(number);
                list.Remove(number);
            }
            else
            {
                order.Use(number);
                list.Remove(number);
                list.Add(number);
            }
            Assert.Equal((list.Count, list.Contains(number)), (order.Count, order.Contains(number)));
            Assert.Equal(list, Walk(order.Oldest, order.LaterThan));
            Assert.Equal(Enumerable.Reverse(list), Walk(order.Newest, order.EarlierThan));
        }
    }

    [Fact]
    public void Statistics_SomeExpertsAgainAndAgain_HitsOfTheCachesThatHoldThem()
    {
        // Of 2 layers with 16 experts an eighth is 4 and a quarter 8.
        var statistics = new RoutingStatistics(2, 16);
        for (var i = 0; i < 2; i++)
            foreach (var layer in (int[])[0, 1])
                statistics.Add(layer, [1, 2, 3]);
        Assert.Equal((12L, 0L, 6L), (statistics.Uses, statistics.HitsOfEighth, statistics.HitsOfQuarter));
        statistics.Restart();
        statistics.Add(1, [3]);
        Assert.Equal((1L, 1L, 1L), (statistics.Uses, statistics.HitsOfEighth, statistics.HitsOfQuarter));
    }

    private static IEnumerable<int> Walk(int from, Func<int, int> next)
    {
        for (var number = from; number != UseOrder.None; number = next(number))
            yield return number;
    }
}
