namespace MemoryWall.Statistics;

/// <summary>A value in a table of rows and columns.</summary>
/// <param name="Row">Its row, any number.</param>
/// <param name="Column">Its column, any number.</param>
/// <param name="Value">The value.</param>
internal readonly record struct TableValue(int Row, int Column, double Value);

/// <summary>
/// A table of values as the sum of an effect of the row and one of the column (Tukey, "Exploratory Data Analysis" (1977), chapter 10),
/// fitted by <see cref="RobustFit"/>. What disturbs a whole row does not touch the difference between columns, and what disturbs a part of
/// it is a stray.
/// </summary>
internal static class AdditiveModel
{
    /// <summary>How far the values of one column are above those of another; null where the table does not determine it.</summary>
    /// <param name="table">The values, one or more.</param>
    /// <param name="from">The column that is compared with.</param>
    /// <param name="to">The other column.</param>
    /// <param name="level">The confidence level of the interval.</param>
    public static (double Difference, Interval Interval)? Compare(IReadOnlyList<TableValue> table, int from, int to, double level)
    {
        int[] rows = [.. table.Select(value => value.Row).Distinct().Order()];
        int[] columns = [from, .. table.Select(value => value.Column).Where(column => column != from).Distinct().Order()];
        if (Array.IndexOf(columns, to) is not (> 0 and var place))
            return null;
        double[] Encode(TableValue value)
        {
            var row = new double[rows.Length + columns.Length - 1];
            row[Array.IndexOf(rows, value.Row)] = 1;
            if (value.Column != from)
                row[rows.Length + Array.IndexOf(columns, value.Column) - 1] = 1;
            return row;
        }
        if (RobustFit.Fit([.. table.Select(Encode)], [.. table.Select(value => value.Value)], [.. table.Select(_ => 1.0)]) is not { } fit)
            return null;
        var at = rows.Length + place - 1;
        return (fit.Coefficients[at], fit.CoefficientInterval(at, level));
    }
}
