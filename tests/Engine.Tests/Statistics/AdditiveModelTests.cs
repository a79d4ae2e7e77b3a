using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class AdditiveModelTests
{
    private static readonly double[] s_columns = [0, 0.1, 0.4];
    private static readonly double[] s_noise =
        [0.02, -0.03, 0.01, 0.03, -0.01, -0.02, 0.01, 0.02, -0.02, -0.01, 0.03, 0.0, -0.03, 0.02, 0.01];

    private static List<TableValue> Table(int rows, Func<int, int, double> disturbance) =>
    [
        .. from row in Enumerable.Range(0, rows)
           from column in Enumerable.Range(0, 3)
           select new TableValue(row, 10 * column, row + s_columns[column] + s_noise[3 * row + column] + disturbance(row, column)),
    ];

    [Fact]
    public void Compare_RowsOnDifferentLevels_GivesTheDifferenceOfTheColumns()
    {
        var (difference, interval) = AdditiveModel.Compare(Table(5, (_, _) => 0), 0, 20, 0.95)!.Value;
        Assert.Equal(0.4, difference, 0.03);
        Assert.True(interval.Contains(0.4) && interval.High - interval.Low < 0.15);
        Assert.Equal(-difference, AdditiveModel.Compare(Table(5, (_, _) => 0), 20, 0, 0.95)!.Value.Difference, 1e-6);
    }

    // A neighbour that begins within one repetition and ends within the next slows parts of both.
    [Fact]
    public void Compare_PartsOfRowsDisturbed_TheyAreStrays()
    {
        var (difference, interval) =
            AdditiveModel.Compare(Table(5, (row, column) => (row, column) is (1, 2) or (2, 0) ? -0.7 : 0), 0, 20, 0.95)!.Value;
        Assert.Equal(0.4, difference, 0.05);
        Assert.True(interval.Low > 0.2);
    }

    [Fact]
    public void Compare_NotDetermined_IsAbsent()
    {
        Assert.Null(AdditiveModel.Compare([new(1, 0, 1), new(1, 20, 2)], 0, 20, 0.95));
        Assert.Null(AdditiveModel.Compare([new(1, 0, 1), new(2, 20, 2), new(1, 0, 1.1), new(2, 20, 2.1)], 0, 20, 0.95));
        Assert.Null(AdditiveModel.Compare(Table(3, (_, _) => 0), 0, 99, 0.95));
    }
}
